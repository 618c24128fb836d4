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
	"runtime"

	docker "github.com/moby/moby/client"

	"tidemark/simulator/rig"
)

// Options are how two regions are started.
type Options struct {
	Dockerfile string // that puts the program into an image
	// Program is the built program, without cgo. Where it is empty, or this machine is no Linux, one is built.
	Program  string
	Settings []string // of every node, as NAME=value
}

// programImage is the image of the program: the one that is named, or one made of what is built, or is built in a
// folder.
func (e *Engine) programImage(ctx context.Context, folder string, o Options) (string, error) {
	if ownImage != "" {
		return ownImage, nil
	}
	binary := o.Program
	if binary == "" || runtime.GOOS != "linux" {
		binary = filepath.Join(folder, "tidemark-linux")
		if err := rig.Build(ctx, binary, "CGO_ENABLED=0", "GOOS=linux"); err != nil {
			return "", err
		}
	}
	files, err := archive(map[string]string{"tidemark": binary, "Dockerfile": o.Dockerfile})
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
	if bytes.Contains(said, []byte(`"error"`)) {
		err = errors.Join(err, errors.New("the engine cannot"))
	}
	if err := errors.Join(err, built.Body.Close()); err != nil {
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
