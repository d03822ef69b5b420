package iam

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/text"
	"lienthong/internal/module/org"
)

const (
	staffIdle   = 8 * time.Hour
	citizenIdle = 30 * 24 * time.Hour
	touchEvery  = 5 * time.Minute // how exactly a session's last use is known

	// cookieLife is how long a browser keeps a citizen's cookie; the session behind it ends by
	// its own rules. An official's cookie ends with the browser.
	cookieLife = 180 * 24 * time.Hour

	sessionPrefix = "lts_" // of bearer tokens that are sessions
	tokenPrefix   = "ltk_" // of bearer tokens that were issued to programs
)

func idle(k AccountKind) time.Duration {
	if k == Staff {
		return staffIdle
	}
	return citizenIdle
}

// CookieName returns the name of the session's cookie: with the __Host- prefix where the public
// address is https, so that no other host of the domain can set it.
func (s *Service) CookieName() string {
	if s.secure() {
		return "__Host-lt"
	}
	return "lt"
}

func (s *Service) secure() bool { return strings.HasPrefix(s.URL, "https://") }

// SetCookie hands the browser the session that a sign-in opened.
func (s *Service) SetCookie(w http.ResponseWriter, o Outcome) {
	c := &http.Cookie{Name: s.CookieName(), Value: o.Token, Path: "/", HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode}
	if o.Account.Kind == Citizen {
		c.MaxAge = int(cookieLife / time.Second)
	}
	http.SetCookie(w, c)
}

// ClearCookie takes the session's cookie off the browser.
func (s *Service) ClearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: s.CookieName(), Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure(), SameSite: http.SameSiteLaxMode})
}

// newSecret returns 256 random bits as text, and the hash under which they are stored.
func (s *Service) newSecret(prefix string) (secret string, hash []byte, err error) {
	b := make([]byte, 32)
	if _, err := io.ReadFull(s.random(), b); err != nil {
		return "", nil, err
	}
	secret = prefix + base64.RawURLEncoding.EncodeToString(b)
	return secret, secretHash(secret), nil
}

func secretHash(secret string) []byte {
	h := sha256.Sum256([]byte(secret))
	return h[:]
}

// openSession stores a new session of the account.
func (s *Service) openSession(tx *db.Tx, a Account, n Session, hash []byte) error {
	_, err := tx.Exec(`INSERT INTO iam_session (token, id, account, method, bearer, created, seen, expires, ua, ip, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)`, hash, n.ID, a.ID, n.Method, n.Bearer,
		db.Micros(n.Created), db.Micros(n.Seen), db.Micros(n.Expires), n.UA, n.IP)
	return err
}

// cleanUA keeps what tells one device from another.
func cleanUA(ua string) string {
	ua = text.Line(ua)
	if utf8.RuneCountInString(ua) > 200 {
		ua = string([]rune(ua)[:200])
	}
	return ua
}

// Authenticate tells who is acting in a request: by the cookie on pages, by a bearer token where
// there is no cookie. Whatever is wrong with either, the actor is anonymous; an error means that
// it cannot be known now.
func (s *Service) Authenticate(r *http.Request) (actor.Actor, error) {
	if c, err := r.Cookie(s.CookieName()); err == nil {
		// A page that refreshes its figures while nobody looks is no use of the session.
		return s.session(r.Context(), c.Value, false, r.Header.Get("X-Live") == "")
	}
	return s.AuthenticateToken(r)
}

// AuthenticateToken tells who is acting by the bearer token alone (RFC 6750, 2.1); cookies do not
// count.
func (s *Service) AuthenticateToken(r *http.Request) (actor.Actor, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return actor.Actor{Kind: actor.Anonymous}, nil
	}
	token = strings.TrimSpace(token)
	if strings.HasPrefix(token, sessionPrefix) {
		return s.session(r.Context(), token, true, true)
	}
	return s.token(r.Context(), token)
}

// session returns the actor of a session, and notes that it was used if it was.
func (s *Service) session(ctx context.Context, token string, bearer, used bool) (actor.Actor, error) {
	nobody := actor.Actor{Kind: actor.Anonymous}
	if len(token) < 40 || len(token) > 80 {
		return nobody, nil
	}
	now := s.Now()
	hash := secretHash(token)
	var a Account
	var created int64
	var prefs actor.Prefs
	var noKeys int
	n, err := scanSession(s.DB.Read(ctx).QueryRow("SELECT "+sessionCols+", "+accountCols+`, coalesce(p.density, ''), coalesce(p.no_keys, 0)
		FROM iam_session s JOIN iam_account a ON a.id = s.account LEFT JOIN iam_preference p ON p.account = a.id
		WHERE s.token = $1 AND s.bearer = $2 AND s.revoked = 0 AND s.expires > $3 AND a.status = 'active'`, hash, bearer, db.Micros(now)),
		append(accountInto(&a, &created), &prefs.Density, &noKeys)...)
	if db.Missing(err) {
		return nobody, nil
	}
	if err != nil {
		return nobody, unreadable(err)
	}
	if used && now.Sub(n.Seen) >= touchEvery {
		err := s.DB.Write(ctx, func(tx *db.Tx) error {
			_, err := tx.Exec("UPDATE iam_session SET seen = $2, expires = $3 WHERE token = $1 AND revoked = 0 AND seen < $2",
				hash, db.Micros(now), db.Micros(now.Add(idle(a.Kind))))
			return err
		})
		if err != nil && ctx.Err() == nil {
			s.Log.Warn("a session's use could not be noted", "error", err) // the page is still answered
		}
	}
	who, err := s.actorFor(ctx, a)
	who.Session = n.ID
	prefs.NoKeys = noKeys == 1
	who.Prefs = prefs
	return who, err
}

// actorFor returns the actor of an account as it is today.
func (s *Service) actorFor(ctx context.Context, a Account) (actor.Actor, error) {
	who := actor.Actor{Kind: actor.Citizen, Account: a.ID, Name: a.Name, Assurance: a.Assurance}
	if a.Kind == Citizen {
		if who.Name == "" {
			who.Name = MaskContact(a.Phone + a.Email)
		}
		return who, nil
	}
	who.Kind = actor.Staff
	t, err := s.Org.Tree(ctx)
	if err != nil {
		return actor.Actor{Kind: actor.Anonymous}, err
	}
	held, err := s.heldOn(ctx, t, a.Person)
	if err != nil {
		return actor.Actor{Kind: actor.Anonymous}, err
	}
	who.Grants, who.Roles = held.grants, held.roles
	for _, h := range held.holdings {
		u, ok := t.Unit(h.Position.Unit)
		if !ok {
			continue
		}
		ag := t.Agency(u.ID)
		who.Agency, who.AgencyName, who.Title = ag.ID, ag.Name, h.Position.Title
		if u.ID != ag.ID {
			who.Unit, who.UnitName = u.ID, u.Name
		}
		break // the position held longest is the one on papers
	}
	return who, nil
}

// heldCache keeps what people hold, for as long as the organisation does not change. Like the
// Tree it follows the version, so another replica's change is seen within a second.
type heldCache struct {
	mu      sync.Mutex
	version int64
	day     civil.Date
	m       map[id.ID]heldEntry
}

type heldEntry struct {
	holdings []org.Holding
	grants   []actor.Grant
	roles    []string
}

const maxHeld = 20000 // people; far more than a province has officials at work in one moment

func (s *Service) heldOn(ctx context.Context, t *org.Tree, person id.ID) (heldEntry, error) {
	if person.Zero() {
		return heldEntry{}, nil
	}
	s.held.mu.Lock()
	if s.held.version != t.Version || s.held.day != t.On || len(s.held.m) >= maxHeld {
		s.held.version, s.held.day, s.held.m = t.Version, t.On, map[id.ID]heldEntry{}
	}
	e, ok := s.held.m[person]
	s.held.mu.Unlock()
	if ok {
		return e, nil
	}
	holdings, err := s.Org.Holdings(ctx, person, t.On)
	if err != nil {
		return e, err
	}
	e = heldEntry{holdings, GrantsOf(t, holdings), rolesOf(holdings)}
	// What was read may be newer than t, never older; it is kept only beside the version of t.
	s.held.mu.Lock()
	if s.held.version == t.Version && s.held.day == t.On {
		s.held.m[person] = e
	}
	s.held.mu.Unlock()
	return e, nil
}

// Sessions returns the account's sessions that are open, the last used first.
func (s *Service) Sessions(ctx context.Context, who actor.Actor, account id.ID) ([]Session, error) {
	if _, err := s.ownOrManaged(ctx, who, account); err != nil {
		return nil, err
	}
	out := []Session{}
	rows, err := s.DB.Read(ctx).Query("SELECT "+sessionCols+" FROM iam_session s WHERE s.account = $1 AND s.revoked = 0 AND s.expires > $2 ORDER BY s.seen DESC, s.id DESC",
		account, db.Micros(s.Now()))
	if err != nil {
		return nil, unreadable(err)
	}
	defer rows.Close()
	for rows.Next() {
		n, err := scanSession(rows)
		if err != nil {
			return nil, unreadable(err)
		}
		out = append(out, n)
	}
	return out, unreadable(rows.Err())
}

// EndSession ends one session of the actor's own account, or of one the actor manages.
func (s *Service) EndSession(ctx context.Context, who actor.Actor, session id.ID) error {
	var account id.ID
	err := s.DB.Read(ctx).QueryRow("SELECT account FROM iam_session WHERE id = $1", session).Scan(&account)
	if db.Missing(err) {
		return fault.New(fault.NotFound, "iam.session_unknown")
	}
	if err != nil {
		return unreadable(err)
	}
	if _, err := s.ownOrManaged(ctx, who, account); err != nil {
		return fault.New(fault.NotFound, "iam.session_unknown") // somebody else's is none of his business
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE iam_session SET revoked = $2 WHERE id = $1 AND revoked = 0", session, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.session.end", "iam.account", account, map[string]any{"session": session})
	})
}

// EndSessions ends every session of the account but the one the actor is using.
func (s *Service) EndSessions(ctx context.Context, who actor.Actor, account id.ID) error {
	if _, err := s.ownOrManaged(ctx, who, account); err != nil {
		return err
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if err := s.endSessions(tx, account, who.Session); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.session.end_all", "iam.account", account, nil)
	})
}

func (s *Service) endSessions(tx *db.Tx, account, but id.ID) error {
	_, err := tx.Exec("UPDATE iam_session SET revoked = $2 WHERE account = $1 AND revoked = 0 AND id <> $3", account, db.Micros(s.Now()), but[:])
	return err
}

// SignOut ends the session the actor is using.
func (s *Service) SignOut(ctx context.Context, who actor.Actor) error {
	if who.Session.Zero() || who.Kind == actor.Token {
		return nil
	}
	return s.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE iam_session SET revoked = $2 WHERE id = $1 AND revoked = 0", who.Session, db.Micros(s.Now())); err != nil {
			return err
		}
		return s.Ledger.Record(tx, who, "iam.signout", "iam.account", who.Account, nil)
	})
}

// Bearer reads bearer tokens only; it authenticates the API.
type Bearer struct{ Service *Service }

// Authenticate tells who is acting by the bearer token.
func (b Bearer) Authenticate(r *http.Request) (actor.Actor, error) {
	return b.Service.AuthenticateToken(r)
}
