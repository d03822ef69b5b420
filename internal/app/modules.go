package app

import (
	"io/fs"

	"lienthong/internal/kit/outbox"
	"lienthong/internal/kit/rest"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/iam"
	"lienthong/internal/module/notify"
	"lienthong/internal/module/org"
	"lienthong/internal/module/procedure"
)

// Migration is the tables of one module.
type Migration struct {
	Module string
	Files  fs.FS
}

// Migrations returns every module's tables in the order in which they are made.
func Migrations() []Migration {
	return []Migration{
		{"kit", outbox.Migrations()}, // not outbox.Module: its version table was named before there was one
		{rest.Module, rest.Migrations()},
		{"org", folder(org.Migrations)},
		{"iam", folder(iam.Migrations)},
		{"procedure", procedure.Migrations()},
		{"dossier", folder(dossier.Migrations)},
		{"notify", folder(notify.Migrations)},
	}
}

// folder returns the files of a module's folder "migrations"; embedding has already made sure
// that it exists.
func folder(f fs.FS) fs.FS {
	sub, err := fs.Sub(f, "migrations")
	if err != nil {
		return f
	}
	return sub
}
