// Package backup keeps snapshots of an installation in a folder: all records as of one instant, all
// files, the keys and the configuration. It takes them beside the running program and brings them
// back to either engine.
//
// # The folder
//
//	lienthong-backup.json   what the snapshots are encrypted for, signed by the installation
//	objects/ab/ab12…        encrypted contents, each stored once
//	snapshots/ID.refs       the names of the objects a snapshot needs, 16 bytes each, in order
//	snapshots/ID.json       the snapshot: the encrypted manifest and a signature; written last
//	tmp/                    what is being written
//
// A table is a stream of rows in the order of its key, one JSON array a line. The stream is cut at
// rows that their own content chooses, so a changed row changes the piece it lies in and no other:
// the next snapshot stores the changed pieces alone. A file is one object. An object's name is the
// first half of the HMAC-SHA-256 of its content's SHA-256, so that the folder tells nobody which
// known documents it holds. Contents are compressed (zstd, RFC 8878) and then encrypted
// (age-encryption.org/v1) for one X25519 recipient. What is needed to take a snapshot cannot read
// one.
//
// # What is promised
//
//   - A snapshot is there when its ID.json is; that file is written last, after everything it needs
//     is on the disk. A program killed before leaves the earlier snapshots as they were, and objects
//     that the next run uses or a later prune takes away.
//   - Files are copied before the records are read and again after, so every file that the records
//     of the instant refer to is in the snapshot.
//   - The signature is by a key that follows from the installation's keys.json, so a snapshot put
//     there by somebody else is noticed by whoever knows the signer's name; each content is checked
//     against the SHA-256 in the signed manifest.
//   - Rows of the job queue are not copied as they stand; jobs that had not ended are, in a form both
//     engines take. Uploads that have not arrived whole are left out.
package backup
