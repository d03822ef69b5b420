package badday

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/app"
)

// client is a program that speaks to the API. A connection that breaks is an error, never the end
// of a test: that is what these tests are about.
type client struct {
	base  string // http://host:port
	token string
	lang  string
	http  *http.Client
	last  *sent // where the last act is noted, if somebody wants to send it again
}

// sent is an act as it was sent.
type sent struct {
	method, path, ctype string
	body                []byte
	headers             []string
}

// again sends an act once more, byte for byte.
func (c *client) again(s sent) (answer, error) {
	return c.send(s.method, s.path, s.ctype, s.body, s.headers...)
}

func newClient(addr, token string) *client {
	return &client{base: "http://" + addr, token: token, lang: "vi", http: &http.Client{Timeout: patience,
		Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}}
}

// answer is a whole answer: one that breaks off is an error.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (a answer) good() bool { return a.status >= 200 && a.status < 300 }

// into reads the body as JSON.
func (a answer) into(v any) error { return json.Unmarshal(a.body, v) }

// code returns the code of a problem document.
func (a answer) code() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal(a.body, &p) // what is no problem has no code
	return p.Code
}

func (a answer) String() string { return fmt.Sprintf("%d %.300s", a.status, a.body) }

// send makes one request; headers are pairs of name and value.
func (c *client) send(method, path, ctype string, body []byte, headers ...string) (answer, error) {
	if c.last != nil && method != http.MethodGet && method != http.MethodHead {
		*c.last = sent{method, path, ctype, body, headers}
	}
	r, err := http.NewRequest(method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	if ctype != "" {
		r.Header.Set("Content-Type", ctype)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	r.Header.Set("Accept-Language", c.lang)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w, err := c.http.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	return answer{w.StatusCode, w.Header, b}, err
}

// call asks for an operation with a JSON body, or with none.
func (c *client) call(method, path string, body any, headers ...string) (answer, error) {
	var raw []byte
	ctype := ""
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return answer{}, err
		}
		ctype = "application/json"
	}
	return c.send(method, "/api/v1"+path, ctype, raw, headers...)
}

// read asks for an operation that must succeed and reads its answer.
func (c *client) read(method, path string, body, into any) error {
	a, err := c.call(method, path, body)
	if err != nil {
		return err
	}
	if !a.good() {
		return fmt.Errorf("%s %s answers %s", method, path, a)
	}
	return a.into(into)
}

// form returns the body of a form with one file.
func form(name string, content []byte) (ctype string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	f, err := w.CreateFormFile("file", name)
	if err == nil {
		_, err = f.Write(content)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		panic(err) // memory takes everything
	}
	return w.FormDataContentType(), b.Bytes()
}

var (
	codeOnPage = regexp.MustCompile(`<code[^>]*>(\d{4,8})</code>`)
	tags       = regexp.MustCompile(`<[^>]*>`)
)

// staffToken lets an official's program in.
func staffToken(addr, login string) (string, error) {
	var got struct {
		Token string `json:"token"`
	}
	err := newClient(addr, "").read("POST", "/auth/staff-token", map[string]any{"login": login, "password": app.DemoPassword}, &got)
	return got.Token, err
}

// citizenToken lets a citizen's program in with a code from the outbox of the demonstration, in
// which nobody else asks for one meanwhile.
func citizenToken(addr, phone string) (string, error) {
	c := newClient(addr, "")
	a, err := c.call("POST", "/auth/code", map[string]any{"to": phone})
	if err != nil || !a.good() {
		return "", fmt.Errorf("a code for %s: %v %w", phone, a, err)
	}
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		page, err := c.send("GET", "/demo/outbox", "", nil)
		if err != nil {
			return "", err
		}
		for _, article := range strings.Split(string(page.body), "<article")[1:] {
			m := codeOnPage.FindStringSubmatch(article)
			if m == nil || !strings.Contains(strings.ReplaceAll(tags.ReplaceAllString(article, ""), " ", ""), phone) {
				continue
			}
			var got struct {
				Token string `json:"token"`
			}
			err := c.read("POST", "/auth/token", map[string]any{"to": phone, "code": m[1]}, &got)
			return got.Token, err
		}
	}
	return "", errors.New("no code for " + phone + " arrived")
}

// retryAfter returns the seconds an answer asks to wait, 0 if it does not say.
func (a answer) retryAfter() int {
	n, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return n
}
