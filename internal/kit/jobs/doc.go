// Package jobs runs work for later: sending a mail, making a report, calling another system. A job
// is inserted in the transaction of the act that wants it, so it exists if and only if the act
// does, and is kept in the same database. Any replica may run it.
//
// A job runs at least once: after a crash, a time-out or an error it is run again, waiting longer
// each time (seconds at first, about three weeks for the last of 25 tries), so its worker must be
// safe to repeat. A job that used up its tries is kept for 90 days and counted as discarded.
//
// The queue is River (riverqueue.com). Its workers look for jobs every half a second; on
// SQLite they share the one writing connection with kit/db, each taking it for one short statement.
package jobs
