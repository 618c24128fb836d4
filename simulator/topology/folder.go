package topology

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"tidemark/simulator/azurite"
)

// lockPatience is how long a folder that is in use is waited for. A variable for tests.
var lockPatience = 15 * time.Second

// lockAgain is how long to wait before its lock is tried again.
const lockAgain = 100 * time.Millisecond

// lockFolder takes the folder, if there is one, for this simulation: two Azurites that keep their data in one file
// would each write over what the other has. It waits for those of an earlier simulation, which hold the lock until they
// have written their data, also when the simulator itself was killed.
func lockFolder(ctx context.Context, folder string, told Progress) (*azurite.Lock, error) {
	if folder == "" {
		return nil, nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("folder %s: %w", folder, err)
	}
	path := filepath.Join(folder, ".lock") // no region has a dot in its name
	lock, err := azurite.TryLock(path)
	if errors.Is(err, azurite.ErrLocked) {
		told("waiting for the storage of an earlier simulator to write its data in %s ...", folder)
	}
	for late := time.Now().Add(lockPatience); errors.Is(err, azurite.ErrLocked) && time.Now().Before(late); lock,
		err = azurite.TryLock(path) {
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(lockAgain):
		}
	}
	if errors.Is(err, azurite.ErrLocked) {
		return nil, fmt.Errorf("the folder %s is in use by another simulator: end it, or use another folder", folder)
	}
	if err != nil {
		return nil, fmt.Errorf("folder %s: %w", folder, err)
	}
	return lock, nil
}
