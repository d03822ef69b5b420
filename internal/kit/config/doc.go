// Package config reads how an installation is set up: command-line flags first, then variables
// LIENTHONG_*, then a TOML file, then defaults. Every setting has one name in the three places:
// --smtp-addr, LIENTHONG_SMTP_ADDR, and addr in the file's table [smtp] (or smtp-addr at its top).
// A name nobody knows is refused, with the nearest known one, because a misspelt setting that is
// silently ignored is an outage or a hole later.
//
// Secrets cannot be given as flags, which other users of the machine can see; each may come from a
// file of its own (--smtp-password-file, LIENTHONG_SMTP_PASSWORD_FILE, password_file), and none is
// ever printed.
package config
