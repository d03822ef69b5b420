// Package blob keeps files: what citizens upload, what officials sign, what the platform prints.
// A file is named by the SHA-256 of its content, so the same file is kept once, a changed file
// cannot take another's name, and whoever holds a Ref can check what he is given.
//
// A file is acknowledged only when a power cut cannot take it back: it is written to a temporary
// name, synced, renamed, and the folders whose entries changed are synced. Uploads that come in
// parts over bad links are gathered by Parts, each part synced before it is acknowledged.
//
// The package does not decide which types of files are welcome; Sniff says what a content is, from
// the content alone.
package blob
