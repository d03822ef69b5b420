package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// view is how large a window is and whether it belongs to a phone.
type view struct {
	width, height int64
	phone         bool
}

// The windows that pages are looked at in, and the narrowest that must not scroll sideways.
const narrowest = 320

func phone() view { return view{390, 844, true} }
func desk() view  { return view{1366, 900, false} }

// patience is how long a page may take until it is there.
const patience = 20 * time.Second

// browser is a running Chromium.
type browser struct {
	t   testing.TB
	ctx context.Context
}

// startBrowser starts Chromium for one test. A missing one fails the test.
func startBrowser(t testing.TB) *browser {
	t.Helper()
	opts := []chromedp.ExecAllocatorOption{
		chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.ExecPath(chromium(t)),
		chromedp.UserDataDir(t.TempDir()),
		// A browser in a test talks to the page's server and to nobody else.
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-default-apps", true),
		chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-domain-reliability", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("no-pings", true),
		chromedp.Flag("proxy-server", "direct://"),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"),
		chromedp.Flag("disable-features", "Translate,MediaRouter,OptimizationHints,AutofillServerCommunication"),
		chromedp.Flag("hide-scrollbars", false),
		chromedp.Flag("lang", "vi"),
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("the browser did not close by itself: %v", err)
		}
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("Chromium does not start: %v", err)
	}
	return &browser{t, ctx}
}

// chromium returns where the browser is.
func chromium(t testing.TB) string {
	t.Helper()
	if p := os.Getenv("LIENTHONG_CHROME"); p != "" {
		return p
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "headless-shell"} {
		if p, err := exec.LookPath(name); err == nil {
			return p
		}
	}
	t.Fatal("no Chromium: run `make test`, which installs it, or set LIENTHONG_CHROME")
	return ""
}

// tab is one window without any history, cookies or cache of others.
type tab struct {
	t    testing.TB
	ctx  context.Context
	base string // of the server, without a slash at the end
	net  *traffic

	mu       sync.Mutex
	problems []string // what the console said
	expected []string // parts of console messages that this journey provokes
}

// tabOption changes a tab before its first page.
type tabOption = chromedp.Action[chromedp.Void]

// withoutJS opens the tab in a browser whose JavaScript is switched off.
func withoutJS() tabOption {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// command makes a step of a command of the browser's protocol whose answer does not matter.
func command[P, R any](c cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// open returns a new tab whose pages come from base. When the test ends it fails it for anything
// that the console complained about and for any request to another host.
func (b *browser) open(t testing.TB, base string, v view, opts ...tabOption) *tab {
	t.Helper()
	tb := &tab{t: t, base: strings.TrimSuffix(base, "/")}
	tb.net = newTraffic(tb.base)
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(tb.listen))
	tb.ctx = ctx
	steps := []chromedp.Action[chromedp.Void]{command(network.Enable, network.EnableParams{}), command(log.Enable, cdp.Empty{}), resize(v)}
	if err := chromedp.Do(ctx, append(steps, opts...)...); err != nil {
		t.Fatalf("a new tab: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tb.shot("failed")
		}
		cancel()
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, p := range tb.problems {
			t.Errorf("the browser's console: %s", p)
		}
		for _, u := range tb.net.elsewhere() {
			t.Errorf("a request to another host: %s", u)
		}
	})
	return tb
}

func resize(v view) chromedp.Action[chromedp.Void] {
	o := []chromedp.EmulateViewportOption{}
	if v.phone {
		o = append(o, chromedp.EmulateMobile, chromedp.EmulateTouch, chromedp.EmulateScale(2))
	}
	return chromedp.EmulateViewport(v.width, v.height, o...)
}

// listen gathers what a person would see in the developer's console. An answer of 4xx is reported
// there too; the journeys look at those themselves.
func (tb *tab) listen(ev any) {
	tb.net.see(ev)
	switch e := ev.(type) {
	case *runtime.EventExceptionThrown:
		tb.complain("exception: " + (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error())
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			tb.complain(fmt.Sprintf("console.%s: %s", e.Type, said(e.Args)))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			tb.complain(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func said(args []*runtime.RemoteObject) string {
	var s []string
	for _, a := range args {
		s = append(s, string(a.Value)+a.Description)
	}
	return strings.Join(s, " ")
}

func (tb *tab) complain(what string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	for _, e := range tb.expected {
		if strings.Contains(what, e) {
			return
		}
	}
	tb.problems = append(tb.problems, what)
}

// expect lets console messages with the given part pass.
func (tb *tab) expect(part string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.expected = append(tb.expected, part)
}

// run does the actions within the patience; what says what was tried, for the message.
func (tb *tab) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		tb.t.Fatalf("%s at %s: %v", what, tb.path(), err)
	}
}

// ask runs one action within the patience and returns its value.
func ask[T any](tb *tab, what string, a chromedp.Action[T]) T {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, a)
	if err != nil {
		tb.t.Fatalf("%s at %s: %v", what, tb.path(), err)
	}
	return v
}

// goTo opens a page of the server and fails the test unless it answers 200.
func (tb *tab) goTo(path string) {
	tb.t.Helper()
	if status := tb.visit(path); status != 200 {
		tb.t.Fatalf("%s answers %d", path, status)
	}
}

// visit opens a page of the server and returns the status of its answer.
func (tb *tab) visit(path string) int {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	tb.net.begin()
	resp, err := chromedp.RunResponse(ctx, chromedp.Navigate(tb.base+path))
	if err != nil {
		tb.t.Fatalf("opening %s: %v", path, err)
	}
	tb.settle()
	return int(resp.Status)
}

// settle waits until nothing has been under way for a moment: what a page asks for after it is
// there counts as well.
func (tb *tab) settle() {
	tb.t.Helper()
	for end := time.Now().Add(patience); !tb.net.quiet(150 * time.Millisecond); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			tb.t.Fatalf("%s never comes to rest: %v", tb.path(), tb.net.open())
		}
	}
}

// eval returns the value of a JavaScript expression in the page; a promise is waited for.
func eval[T any](tb *tab, expression string) T {
	tb.t.Helper()
	return ask(tb, "asking the page", chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// path returns the path and query of the page that is open.
func (tb *tab) path() string {
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	at, err := chromedp.Run(ctx, chromedp.Location())
	if err != nil {
		return "an unknown page"
	}
	u, err := url.Parse(at)
	if err != nil {
		return at
	}
	return u.RequestURI()
}

// title returns the page's title.
func (tb *tab) title() string { tb.t.Helper(); return ask(tb, "the title", chromedp.Title()) }

// text returns what a person can read on the page, white space made single.
func (tb *tab) text() string {
	tb.t.Helper()
	return strings.Join(strings.Fields(eval[string](tb, `document.body ? document.body.innerText : ""`)), " ")
}

// sees fails the test unless the page shows each of the texts.
func (tb *tab) sees(texts ...string) {
	tb.t.Helper()
	page := tb.text()
	for _, s := range texts {
		if !strings.Contains(page, s) {
			tb.t.Fatalf("%s (%s) does not say %q; it says: %.1500s", tb.path(), tb.title(), s, page)
		}
	}
}

// resize gives the tab another window.
func (tb *tab) resize(v view) { tb.t.Helper(); tb.run("resizing", resize(v)) }

// shot keeps a picture of the whole page as name.png in $LIENTHONG_SHOTS, if that is set. It never
// fails a test: pictures are for people.
func (tb *tab) shot(name string) {
	dir := os.Getenv("LIENTHONG_SHOTS")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(dir, 0o755)
	}
	if err == nil {
		file := strings.NewReplacer("/", "_", " ", "_").Replace(tb.t.Name()+"-"+name) + ".png"
		err = os.WriteFile(filepath.Join(dir, file), png, 0o644)
	}
	if err != nil {
		tb.t.Logf("no picture %s: %v", name, err)
	}
}
