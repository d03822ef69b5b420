package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hostAllowed compares the Host header (after trusted proxies) with the list, without its port.
func (s *server) hostAllowed(host string) bool {
	if slices.Contains(s.opt.Hosts, "*") {
		return true
	}
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	return host != "" && slices.ContainsFunc(s.opt.Hosts, func(h string) bool { return strings.EqualFold(strings.Trim(h, "[]"), host) })
}

// resolve finds the client's address and whether it came by https, and puts the host that the
// client asked for into r. Forwarded headers count only from a trusted proxy; of the list of
// addresses the last that is not itself a trusted proxy is the client, because everything before
// it may have been written by the client.
func (s *server) resolve(r *http.Request) (client string, secure bool) {
	secure = r.TLS != nil || s.opt.Secure
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return "", secure
	}
	addr := peer.Addr().Unmap()
	if !s.trusted(addr) {
		return addr.WithZone("").String(), secure
	}
	if r.Header.Get("X-Forwarded-Proto") == "https" {
		secure = true
	}
	if h := r.Header.Get("X-Forwarded-Host"); h != "" && !strings.ContainsAny(h, ", \t") {
		r.Host = h
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break // nothing before a malformed entry can be believed
		}
		addr = a.Unmap()
		if !s.trusted(addr) {
			break
		}
	}
	return addr.WithZone("").String(), secure
}

func (s *server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.opt.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// ClientIP returns the address of the client of r, after trusted proxies; "" if it is unknown.
func ClientIP(r *http.Request) string { return stateOf(r).client }

// Secure tells whether the client of r came by https, after trusted proxies; cookies depend on it.
func Secure(r *http.Request) bool { return stateOf(r).secure }

// RequestID returns the id of r, which logs and error pages show.
func RequestID(r *http.Request) string { return stateOf(r).id }
