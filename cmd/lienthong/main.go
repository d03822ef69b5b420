// Command lienthong runs a province's digital government: one program, one command.
//
//	lienthong demo      a province to try out, with invented people, on this machine
//	lienthong serve     the real thing
//	lienthong migrate   bring the tables to this version and stop
//	lienthong doctor    check records, files, ledger, figures and settings
//	lienthong verify-proof FILE   check a proof or a signed head of a ledger, without its data
//	lienthong backup    take a snapshot, also beside the running program; see lienthong backup --help
//	lienthong restore   bring a snapshot into an empty folder and database of either engine
//	lienthong openapi   print the description of the API
//	lienthong bench     measure start, memory, submissions and lists on this machine
//	lienthong version   print which program this is
//
// All take the same settings as flags, LIENTHONG_* variables or a TOML file: lienthong help.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"

	"lienthong/internal/app"
	"lienthong/internal/app/bench"
	"lienthong/internal/kit/config"
	"lienthong/internal/kit/obs"
)

// version is set at release: go build -ldflags "-X main.version=v1.2.3".
var version = "dev"

// defaultPack is the province the program opens with unless --pack names another.
const defaultPack = "bac-kan"

func main() {
	if os.Getenv("GOGC") == "" {
		// What lives is small and what a page leaves behind is much, so the collector's default would
		// run it many times a second. Twice the room costs some 20 MB.
		debug.SetGCPercent(200)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "lienthong:", err)
		os.Exit(1)
	}
}

// run carries out the sub-command.
func run(ctx context.Context, args, environ []string, out, logs io.Writer) error {
	command := "help"
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	build := obs.ReadBuild(version)
	switch command {
	case "help", "-h", "--help":
		fmt.Fprint(out, usage+config.Usage())
		return nil
	case "version":
		fmt.Fprintln(out, build)
		return nil
	case "backup", "restore":
		return saving(ctx, command, args, environ, out, logs)
	case "verify-proof":
		return verifyProof(args, out)
	case "demo", "serve", "migrate", "doctor", "openapi", "bench":
	default:
		return fmt.Errorf("there is no command %q; see lienthong help", command)
	}
	var past app.Past
	if command == "demo" {
		var err error
		if past, args, err = historyFlags(args); err != nil {
			return err
		}
	}
	var notes []string
	if command == "doctor" {
		var err error
		if notes, args, err = headFlags(args); err != nil {
			return err
		}
	}
	pastBench := 0
	if command == "bench" {
		var err error
		if pastBench, args, err = numberFlag("--past", args); err != nil {
			return err
		}
	}
	c, rest, err := config.Load(args, environ, os.ReadFile)
	if errors.Is(err, config.ErrHelp) {
		fmt.Fprint(out, usage+config.Usage())
		return nil
	}
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is not understood; see lienthong help", rest[0])
	}
	o := app.Options{Config: c, Pack: cmp.Or(c.Pack, defaultPack), Log: obs.NewLog(logs, c.LogFormat, c.LogLevel), Build: build}
	switch command {
	case "demo":
		o.Past = past
		return app.Demo(ctx, o, out)
	case "serve":
		return app.Serve(ctx, o, out)
	case "migrate":
		return app.Migrate(ctx, o, out)
	case "doctor":
		return app.Doctor(ctx, o, out, notes...)
	case "bench":
		return measure(ctx, o, environ, pastBench, out)
	}
	return app.OpenAPI(ctx, o, out)
}

// historyFlags takes --history and --history-total N off the arguments of demo.
func historyFlags(args []string) (past app.Past, rest []string, err error) {
	n, args, err := numberFlag("--history-total", args)
	past = app.Past{Write: n > 0, Total: int64(n)}
	for _, a := range args {
		if a == "--history" {
			past.Write = true
		} else {
			rest = append(rest, a)
		}
	}
	return past, rest, err
}

// numberFlag takes a flag with a number of dossiers off the arguments; 0 is without it.
func numberFlag(flag string, args []string) (n int, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		if name != flag {
			rest = append(rest, args[i])
			continue
		}
		if !given && i+1 < len(args) {
			i++
			value = args[i]
		}
		if n, err = strconv.Atoi(value); err != nil || n <= 0 {
			return 0, nil, fmt.Errorf("%s %q: want a number of dossiers", flag, value)
		}
	}
	return n, rest, nil
}

// testPostgres names the variable with the address of a PostgreSQL server for tests; databases may
// be created there.
const testPostgres = "LIENTHONG_TEST_POSTGRES="

// measure runs the measurements beside the data folder, on the same disk, and leaves the folder
// itself alone. With --database, or a server for tests, PostgreSQL is measured too, in a database
// that is created there and dropped.
func measure(ctx context.Context, o app.Options, environ []string, past int, out io.Writer) error {
	b := bench.Options{Parent: filepath.Dir(filepath.Clean(o.Config.Data)), Pack: o.Pack, Postgres: o.Config.Database.Reveal(), Build: o.Build,
		Past: past}
	for _, v := range environ {
		if url, ok := strings.CutPrefix(v, testPostgres); ok && b.Postgres == "" {
			b.Postgres = url
		}
	}
	var err error
	if b.Binary, err = os.Executable(); err != nil {
		return err
	}
	r, err := bench.Run(ctx, b, out)
	if err != nil {
		return err
	}
	return r.Below()
}

const usage = `Liên Thông: a province's digital government in one program.

Usage: lienthong COMMAND [settings]

Commands
  demo      a province to try out, with invented people, on this machine; with --history also the
            dossiers of 2018 to May 2021, as many as were published (--history-total N: N in all);
            stopped at any moment, the same command goes on
  serve     the real thing: no demo accounts, a one-time administrator link on the first start
  migrate   bring the tables to this version and stop
  doctor    check records, files, ledger, figures and settings; --head FILE also compares the ledger
            with a signed head that was kept elsewhere
  verify-proof FILE   check a proof or a signed head of a ledger, without its data; --key FILE names the
            published key
  backup    take a snapshot, also beside the running program; see lienthong backup --help
  restore   bring a snapshot into an empty folder and database of either engine
  openapi   print the description of the API
  bench     measure start, memory, submissions and lists on this machine; --past N sets how many
            dossiers of the past are written (10000)
  version   print which program this is
  help      this text

`
