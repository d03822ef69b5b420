package db

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Migrate brings a module's tables to the newest version. Files are named 001_what.sql; where
// the engines need different text, 001_what.sqlite.sql and 001_what.postgres.sql stand instead.
// Each module has its own version table, so modules move independently. Migrations only go
// forward; each is written so that the previous binary still runs on its result.
func (d *DB) Migrate(ctx context.Context, module string, files fs.FS) error {
	p, err := d.migrations(module, files)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrations of %s: %w", module, err)
	}
	return nil
}

// MigrateTo is Migrate up to the version and no further, so that records of an older program find
// the tables they were written to. It errs if there is no such version: those records come from a
// newer program. 0 does nothing.
func (d *DB) MigrateTo(ctx context.Context, module string, files fs.FS, version int64) error {
	if version == 0 {
		return nil
	}
	// A version may be there for one engine only, and the records may come from that one.
	known, err := fs.Glob(files, fmt.Sprintf("%03d_*.sql", version))
	if err != nil {
		return err
	}
	if len(known) == 0 {
		return fmt.Errorf("the tables of %s were at version %d, which this program does not know: take a newer one", module, version)
	}
	p, err := d.migrations(module, files)
	if err != nil {
		return err
	}
	if _, err := p.UpTo(ctx, version); err != nil {
		return fmt.Errorf("migrations of %s: %w", module, err)
	}
	return nil
}

// migrations returns what carries out a module's migrations on this engine.
func (d *DB) migrations(module string, files fs.FS) (*goose.Provider, error) {
	mine, err := d.forEngine(files)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	opts := []goose.ProviderOption{goose.WithTableName(module + migrationSuffix), goose.WithSlog(d.log), goose.WithVerbose(false)}
	if d.engine == Postgres {
		dialect = goose.DialectPostgres
		// Several replicas may start at once; one migrates, the others wait.
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		opts = append(opts, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, d.write, mine, opts...)
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", module, err)
	}
	return p, nil
}

// forEngine returns the files this engine runs, the engine's part of their names removed.
func (d *DB) forEngine(files fs.FS) (fs.FS, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	out := fstest.MapFS{}
	for _, n := range names {
		name := n
		switch {
		case strings.HasSuffix(n, ".sqlite.sql"):
			if d.engine != SQLite {
				continue
			}
			name = strings.TrimSuffix(n, ".sqlite.sql") + ".sql"
		case strings.HasSuffix(n, ".postgres.sql"):
			if d.engine != Postgres {
				continue
			}
			name = strings.TrimSuffix(n, ".postgres.sql") + ".sql"
		}
		b, err := fs.ReadFile(files, n)
		if err != nil {
			return nil, err
		}
		if _, twice := out[name]; twice {
			return nil, fmt.Errorf("migration %s exists twice for %s", name, d.engine)
		}
		out[name] = &fstest.MapFile{Data: b}
	}
	return out, nil
}
