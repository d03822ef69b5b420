// Package rest is the API for programs under /api/v1: huma operations over the same use cases the
// pages use. An operation is registered together with the permission it needs; one without, or
// with a permission that is not on the access list, keeps the program from starting.
//
// Programs show who they are with a bearer token (RFC 6750) and with nothing else: cookies are
// taken off every request, so a browser's session can never act here and there is nothing to forge
// across sites.
//
// Troubles are answered as problem documents (RFC 9457) in the language asked for. A POST or PATCH
// may carry an Idempotency-Key: sent again with the same content it is answered again instead of
// done again. The first write of the request notes it in its own transaction, so a crash before the
// answer is kept repeats nothing; kept answers are sealed with the client's own key. Lists are paged by keyset with an opaque cursor.
//
// The description of the API (OpenAPI 3.1) is at /api/v1/openapi.json and, for people, at
// /api/docs, which loads nothing from other hosts.
package rest
