package azurite

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed package.json
var packageJSON []byte

//go:embed package-lock.json
var packageLock []byte

//go:embed runner.js
var runnerScript []byte

// ErrNoNode means that Azurite cannot run on this machine because Node.js (or npm, for the first installation) is
// missing.
var ErrNoNode = errors.New("azurite needs Node.js 20 or later with npm in the PATH: install it (for instance the " +

	"packages nodejs and npm), " +
	"or run Azurite in a container where there is Docker")

// install makes sure that the pinned packages are in a folder and returns it. A folder appears by one rename, so one
// that exists is whole; a lock keeps several processes from downloading the same thing side by side.
func install(ctx context.Context, folder string) (string, error) {
	if folder == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("azurite: no cache folder to install into, set Options.Install: %w", err)
		}
		folder = filepath.Join(cache, "tidemark", "azurite-"+Version)
	}
	folder, err := filepath.Abs(folder)
	if err != nil || isDir(folder) {
		return folder, err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return "", fmt.Errorf("azurite: %w", err)
	}
	unlock, err := lock(ctx, folder+".lock")
	if err != nil {
		return "", fmt.Errorf("azurite: wait for another installation: %w", err)
	}
	defer unlock()
	if isDir(folder) {
		return folder, nil
	}
	return folder, download(ctx, folder)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// download runs npm in a folder beside the target and renames it.
func download(ctx context.Context, folder string) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoNode, err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+".new-")
	if err != nil {
		return fmt.Errorf("azurite: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := errors.Join(os.WriteFile(filepath.Join(temp, "package.json"), packageJSON, 0o644),
		os.WriteFile(filepath.Join(temp, "package-lock.json"), packageLock, 0o644)); err != nil {
		return fmt.Errorf("azurite: %w", err)
	}
	cmd := exec.CommandContext(ctx, npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund",
		"--loglevel=error")
	cmd.Dir = temp
	cmd.WaitDelay = 5 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("azurite: npm ci of azurite %s failed (%w); npm said: %s", Version, err, lastBytes(out, 2000))
	}
	if err := os.Chmod(temp, 0o755); err != nil {
		return fmt.Errorf("azurite: %w", err)
	}
	if err := os.Rename(temp, folder); err != nil && !isDir(folder) {
		return fmt.Errorf("azurite: %w", err)
	}
	return nil
}

// writeRunner puts our script beside the packages, under a name that changes with its contents.
func writeRunner(folder string) (string, error) {
	sum := sha256.Sum256(runnerScript)
	path := filepath.Join(folder, "runner-"+hex.EncodeToString(sum[:6])+".js")
	if _, err := os.Stat(path); err == nil || !errors.Is(err, fs.ErrNotExist) {
		return path, err
	}
	temp, err := os.CreateTemp(folder, "runner-new-")
	if err != nil {
		return "", err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(runnerScript)
	if err := errors.Join(err, temp.Close()); err != nil {
		return "", err
	}
	return path, os.Rename(temp.Name(), path)
}

func lastBytes(b []byte, n int) []byte {
	b = bytes.TrimSpace(b)
	return b[max(0, len(b)-n):]
}

// Version is the version of Azurite that is installed.
const Version = "3.37.0"
