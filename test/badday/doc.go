// Package badday holds the program to its promises on bad days: power cuts, kill -9, full and
// read-only disks, damaged files, databases and buses out of reach, clocks that jump. The program
// is the real binary in a process of its own wherever a process can be killed or starved; what needs
// a clock that jumps runs in this process.
//
// `make test` runs a short series of kills. The long one:
//
//	LIENTHONG_BADDAY_KILLS=200 go test ./test/badday -run TestKill -timeout 3h -v
//
// LIENTHONG_BADDAY_BINARY names a binary to be tried instead of the one that is built from this
// source, LIENTHONG_BADDAY_SEED repeats the moments of a series that has failed, as far as a
// machine's scheduling lets them be repeated.
//
// What is promised and what was measured stands in docs/reliability.md.
package badday
