package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"lienthong/internal/app"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/obs"
)

const backupUsage = `Usage
  lienthong backup key    --key FILE                      make a key; prints whom to encrypt for
  lienthong backup        --to DIR [--recipient age1…]    take a snapshot, also beside the running program
  lienthong backup list   --from DIR                      which snapshots there are; needs no key
  lienthong backup verify --from DIR --key FILE           read a snapshot to its last byte
  lienthong backup prune  --to DIR --keep N               take all but the newest N away
  lienthong restore       --from DIR --key FILE           into an empty data folder, an empty database

  --to, --from DIR     the back-up folder, not in the data folder
  --recipient age1…    whom a new folder is encrypted for; later runs may leave it out
  --key FILE           a key file, or a file with a passphrase of at least 16 characters; never in DIR
  --signer NAME        who must have signed; backup prints the name
  --snapshot ID        which snapshot; the newest if it is left out
  --full               store everything once more, also what DIR has
  --keep N             keep the newest N snapshots
  --moved              restore: nothing happened since the snapshot, so nobody is signed out

backup and restore take the settings of all commands too, above all --data, --database and --config.
`

// saving carries out backup and restore.
func saving(ctx context.Context, command string, args, environ []string, out, logs io.Writer) error {
	action := ""
	if command == "backup" && len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		action, args = args[0], args[1:]
	}
	b, key, args, err := backupFlags(args)
	if err != nil {
		return err
	}
	c, rest, err := config.Load(args, environ, os.ReadFile)
	if errors.Is(err, config.ErrHelp) {
		fmt.Fprint(out, backupUsage)
		return nil
	}
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is not understood; see lienthong backup --help", rest[0])
	}
	o := app.Options{Config: c, Pack: defaultPack, Log: obs.NewLog(logs, c.LogFormat, c.LogLevel), Build: obs.ReadBuild(version)}
	switch command + " " + action {
	case "backup ":
		return app.Backup(ctx, o, b, out)
	case "backup key":
		return app.BackupKey(key, out)
	case "backup list":
		return app.BackupList(b, out)
	case "backup verify":
		return app.BackupVerify(ctx, b, out)
	case "backup prune":
		return app.BackupPrune(o, b, out)
	case "restore ":
		return app.Restore(ctx, o, b, out)
	}
	return fmt.Errorf("backup cannot %q; see lienthong backup --help", action)
}

// backupFlags takes the flags of backup and restore out of the command line and returns the others.
func backupFlags(args []string) (b app.BackupOptions, key string, rest []string, err error) {
	texts := map[string]*string{"to": &b.Dir, "from": &b.Dir, "recipient": &b.Recipient, "key": &b.KeyFile, "signer": &b.Signer,
		"snapshot": &b.Snapshot, "keep": new(string)}
	bools := map[string]*bool{"full": &b.Full, "moved": &b.Moved}
	for i := 0; i < len(args); i++ {
		name, value, has := strings.Cut(strings.TrimPrefix(args[i], "--"), "=")
		if !strings.HasPrefix(args[i], "--") {
			rest = append(rest, args[i])
			continue
		}
		if p := bools[name]; p != nil && !has {
			*p = true
			continue
		}
		p := texts[name]
		switch {
		case p == nil:
			rest = append(rest, args[i])
			if !has && name != "help" && name != "demo" && i+1 < len(args) { // its value
				i++
				rest = append(rest, args[i])
			}
			continue
		case !has && i+1 == len(args):
			return b, "", nil, fmt.Errorf("flag --%s has no value", name)
		case *p != "":
			return b, "", nil, fmt.Errorf("flag --%s stands twice", name)
		case !has:
			i++
			value = args[i]
		}
		*p = value
	}
	if text := *texts["keep"]; text != "" {
		if b.Keep, err = strconv.Atoi(text); err != nil || b.Keep < 1 {
			return b, "", nil, errors.New("flag --keep: want a number of snapshots, 1 or more")
		}
	}
	return b, b.KeyFile, rest, nil
}
