package db

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"lienthong/internal/kit/fault"
)

// Trouble returns the fault of kind Unavailable that err means, or nil if err says nothing about the
// database's health: a full disk (db.no_room), or records that cannot be read or written now
// (db.out_of_reach). What answers requests asks it about every error that is no fault, so that people
// are told to come back instead of that something is broken.
func Trouble(err error) *fault.Error {
	switch {
	case err == nil || fault.As(err) != nil:
		return nil
	case IsFull(err):
		return fault.Wrap(err, fault.Unavailable, "db.no_room")
	case gone(err):
		return fault.Wrap(err, fault.Unavailable, "db.out_of_reach")
	}
	return nil
}

// IsFull tells whether err says that the disk has no room left.
func IsFull(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		return pe.Code == "53100"
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		return se.Code()&0xff == sqlite3.SQLITE_FULL
	}
	return errors.Is(err, syscall.ENOSPC)
}

// gone tells whether err says that the database, its disk or the way to it does not work.
func gone(err error) bool {
	var pe *pgconn.PgError
	if errors.As(err, &pe) {
		// Appendix A of the PostgreSQL manual: connection, resources, operator intervention, system,
		// read-only transaction (a server that became a replica or ran out of transaction numbers).
		for _, class := range []string{"08", "53", "57P", "58", "25006"} {
			if strings.HasPrefix(pe.Code, class) {
				return true
			}
		}
		return false
	}
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
			sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM:
			return true
		}
		return false
	}
	var ce *pgconn.ConnectError
	var ne *net.OpError
	return errors.As(err, &ce) || errors.As(err, &ne) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, errClosed) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}
