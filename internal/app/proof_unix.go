//go:build unix

package app

import (
	"fmt"
	"os"
	"path/filepath"
)

// examineKeys looks whether anybody but its owner can read the file that signs heads.
func (a *App) examineKeys(say say) {
	info, err := os.Stat(filepath.Join(a.Config.Data, keysFile))
	if err != nil {
		say(false, "keys", err.Error())
		return
	}
	mode := info.Mode().Perm()
	words := "signing key of the ledger, readable by its owner alone"
	if mode&0o077 != 0 {
		words = fmt.Sprintf("%s has mode %04o; whoever reads it signs heads as this ledger: chmod 600", keysFile, mode)
	}
	say(mode&0o077 == 0, "keys", words)
}
