// Package web is the frame around every page and every API call: one router on which each route
// names the permission it needs, and the passage each request takes to it.
//
// A request passes, in this order: request id and panic guard, the client's address and the true
// host behind trusted proxies, the Host check, security headers, shared files, the check against
// requests sent by other sites, the limit of the body, the language, the route, who is acting,
// the permission, the handler. Whatever a handler returns as an error becomes a page (or, for the
// API, a problem document of RFC 9457) in one place.
package web
