// Package dossierapi is the JSON API of dossiers under /api/v1: everything the pages of citizens
// and officials do, over the same use cases.
//
// Conventions. Names are snake_case, identifiers UUID text, dossiers are addressed by the code
// printed on their receipt; instants are RFC 3339 in UTC, days YYYY-MM-DD as counted in Vietnam,
// money whole đồng. A field that does not apply is left out. Words for people (status_name,
// left_text) follow Accept-Language.
//
// Who sees what. The permission at registration only opens the door: the use case decides about
// the record, and what an actor may not see is answered as if it did not exist. A citizen gets
// view.go's mapping without the office's internals: no comments, no assignments, no names of
// officials, no internal files. Opening a dossier is noted in the ledger, so history is only given
// through the same door.
//
// An issued token (RFC 6750) acts for an official and only within its scopes. Drafts and uploads
// belong to an account and need no grant, so for tokens they ask for a scope here (mayKeepDrafts,
// mayUpload).
//
// Acts that send JSON take an Idempotency-Key. Submitting is idempotent even without one: a draft
// becomes the dossier of the same id.
package dossierapi
