//go:build unix

package containers

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	docker "github.com/moby/moby/client"

	"tidemark/simulator/rig"
)

// programImage is the image of the program: the one that is named, or one built in a folder from this tree, with a
// Dockerfile.
func (e *Engine) programImage(ctx context.Context, folder, dockerfile string) (string, error) {
	if ownImage != "" {
		return ownImage, nil
	}
	binary := filepath.Join(folder, "tidemark-linux")
	if err := rig.Build(ctx, binary, "CGO_ENABLED=0", "GOOS=linux"); err != nil {
		return "", err
	}
	files, err := archive(map[string]string{"tidemark": binary, "Dockerfile": dockerfile})
	if err != nil {
		return "", err
	}
	tag := fmt.Sprintf("tidemark-test/e2e:%d", os.Getpid())
	built, err := e.cli.ImageBuild(ctx, files, docker.ImageBuildOptions{Tags: []string{tag}, Remove: true,
		ForceRemove: true, Labels: labels()})
	if err != nil {
		return "", fmt.Errorf("build the image: %w", err)
	}
	said, err := io.ReadAll(built.Body)
	if err := errors.Join(err, built.Body.Close()); err != nil || bytes.Contains(said, []byte(`"error"`)) {
		return "", fmt.Errorf("build the image: %w\n%s", err, said)
	}
	return tag, nil
}

// archive is a tar of files, by the names that they get.
func archive(files map[string]string) (*bytes.Buffer, error) {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, path := range files {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(text); err != nil {
			return nil, err
		}
	}
	return &out, w.Close()
}
