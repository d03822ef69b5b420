package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// thing is something on the page as a screen reader tells of it: what it is, what it is called and
// which groups it stands in.
type thing struct {
	role, name, description, value string
	groups                         []string // names of the groups around it, innermost first
	node                           cdp.BackendNodeID
}

// The roles of what can be pressed, and of what takes text or a choice.
func pressed() []string { return []string{"link", "button", "DisclosureTriangle", "menuitem", "tab"} }
func typed() []string   { return []string{"textbox", "searchbox", "spinbutton", "combobox", "Date"} }
func ticked() []string  { return []string{"radio", "checkbox", "switch"} }

// things returns what the page offers to a screen reader.
func (tb *tab) things() ([]thing, error) {
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return nil, err
	}
	nodes := map[accessibility.NodeID]*accessibility.Node{}
	for _, n := range tree.Nodes {
		nodes[n.NodeID] = n
	}
	var out []thing
	for _, n := range tree.Nodes {
		if n.Ignored || n.BackendDOMNodeID == 0 {
			continue
		}
		th := thing{role: word(n.Role), name: word(n.Name), description: word(n.Description), value: word(n.Value), node: n.BackendDOMNodeID}
		for up := nodes[n.ParentID]; up != nil; up = nodes[up.ParentID] {
			if name := word(up.Name); !up.Ignored && name != "" && slices.Contains([]string{"group", "radiogroup", "region", "form", "row", "listitem", "article", "navigation", "main", "dialog", "table", "banner", "contentinfo"}, word(up.Role)) {
				th.groups = append(th.groups, name)
			}
		}
		out = append(out, th)
	}
	return out, nil
}

// word reads a value of the accessibility tree as text, white space made single.
func word(v *accessibility.Value) string {
	if v == nil {
		return ""
	}
	var x any
	if err := json.Unmarshal([]byte(v.Value), &x); err != nil || x == nil {
		return ""
	}
	return strings.Join(strings.Fields(fmt.Sprint(x)), " ")
}

// find returns the one thing of the roles that has the name: exactly, or as the only one whose name
// begins with it. A name "Ngày sinh > Năm" means "Năm" in the group "Ngày sinh". What is not there
// yet is waited for.
func (tb *tab) find(roles []string, name string) thing {
	tb.t.Helper()
	var seen []string
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		all, err := tb.things()
		if err == nil {
			found, others := match(all, roles, name)
			if len(found) == 1 {
				return found[0]
			}
			seen = others
			if len(found) > 1 {
				tb.t.Fatalf("%s has %d of %q: %+v", tb.path(), len(found), name, found)
			}
		}
		if time.Now().After(end) {
			tb.t.Fatalf("%s (%s) has no %s %q; it has: %s", tb.path(), tb.title(), strings.Join(roles, " or "), name, strings.Join(seen, " | "))
		}
	}
}

// has tells whether the page offers the thing now.
func (tb *tab) has(roles []string, name string) bool {
	tb.t.Helper()
	all, err := tb.things()
	if err != nil {
		tb.t.Fatalf("%s: %v", tb.path(), err)
	}
	found, _ := match(all, roles, name)
	return len(found) > 0
}

// match returns the things meant by the name, and the names of all things of the roles.
func match(all []thing, roles []string, name string) (found []thing, names []string) {
	parts := strings.Split(name, " > ")
	name, groups := parts[len(parts)-1], parts[:len(parts)-1]
	var exact, begun []thing
	for _, th := range all {
		if !slices.Contains(roles, th.role) {
			continue
		}
		names = append(names, th.name)
		if !th.in(groups) {
			continue
		}
		switch {
		case th.name == name:
			exact = append(exact, th)
		case strings.HasPrefix(th.name, name):
			begun = append(begun, th)
		}
	}
	if len(exact) > 0 {
		return exact, names
	}
	return begun, names
}

// in tells whether the thing stands in groups that begin with the names.
func (th thing) in(groups []string) bool {
	for _, g := range groups {
		if !slices.ContainsFunc(th.groups, func(name string) bool { return strings.HasPrefix(name, g) }) {
			return false
		}
	}
	return true
}

// press clicks a link or button and stays on the page.
func (tb *tab) press(name string) { tb.t.Helper(); tb.hit(tb.find(pressed(), name)) }

// follow clicks a link or button and waits for the page it leads to.
func (tb *tab) follow(name string) { tb.t.Helper(); tb.leave(tb.find(pressed(), name)) }

// push is follow for a button where a link has the same name.
func (tb *tab) push(name string) { tb.t.Helper(); tb.leave(tb.find([]string{"button"}, name)) }

func (tb *tab) leave(th thing) {
	tb.t.Helper()
	before := tb.document()
	tb.hit(th)
	tb.arrive(before, th.name)
}

// arrive waits until another document than the one before is there; what led to it is for the
// message.
func (tb *tab) arrive(before, what string) {
	tb.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if now := tb.document(); now != before && now != unready {
			break
		}
		if time.Now().After(end) {
			tb.t.Fatalf("%s: %q leads nowhere; the page says: %.800s", tb.path(), what, tb.text())
		}
	}
	tb.settle()
}

// document names the loaded document, or says that one is on its way.
func (tb *tab) document() string {
	ctx, cancel := context.WithTimeout(tb.ctx, 2*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.readyState === "complete" ? performance.timeOrigin + " " + location.href : "`+unready+`"`))
	if err != nil {
		return unready
	}
	return v
}

// unready stands for a document that is being loaded.
const unready = "not yet"

// hit clicks the middle of a thing as a hand does, or the thing itself where it has no place of its
// own, such as a radio button drawn by its label.
func (tb *tab) hit(th thing) {
	tb.t.Helper()
	tb.run("clicking "+th.name, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: th.node}); err != nil {
			return tb.call(ctx, t, th, `function() { this.click() }`)
		}
		box, err := cdp.Call(ctx, t, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: th.node})
		if err != nil || len(box.Quads) == 0 || len(box.Quads[0]) < 8 {
			return tb.call(ctx, t, th, `function() { this.click() }`)
		}
		q := box.Quads[0]
		x, y := (q[0]+q[2]+q[4]+q[6])/4, (q[1]+q[3]+q[5]+q[7])/4
		_, err = chromedp.MouseClickXY(x, y)(ctx, t)
		return err
	}))
}

// call runs a JavaScript function on a thing.
func (tb *tab) call(ctx context.Context, t *chromedp.Target, th thing, function string, args ...string) error {
	o, err := cdp.Call(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: th.node})
	if err != nil {
		return err
	}
	p := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: o.Object.ObjectID}
	for _, a := range args {
		raw, err := json.Marshal(a)
		if err != nil {
			return err
		}
		p.Arguments = append(p.Arguments, &runtime.CallArgument{Value: raw})
	}
	r, err := cdp.Call(ctx, t, runtime.CallFunctionOn, p)
	if err == nil && r.ExceptionDetails != nil {
		err = &chromedp.ExceptionError{ExceptionDetails: r.ExceptionDetails}
	}
	return err
}

// fill types text into a field, over what was there.
func (tb *tab) fill(name, text string) {
	tb.t.Helper()
	th := tb.find(typed(), name)
	tb.run("filling "+name, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		if _, err := cdp.Call(ctx, t, dom.Focus, dom.FocusParams{BackendNodeID: th.node}); err != nil {
			return err
		}
		if err := tb.call(ctx, t, th, `function() { this.select && this.select() }`); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	}))
}

// fillDate types a date, 2021-02-28, into the three fields of a question.
func (tb *tab) fillDate(name, date string) {
	tb.t.Helper()
	p := strings.Split(date, "-")
	if len(p) != 3 {
		tb.t.Fatalf("%q is no date such as 2021-02-28", date)
	}
	tb.fill(name+" > Ngày", strings.TrimPrefix(p[2], "0"))
	tb.fill(name+" > Tháng", strings.TrimPrefix(p[1], "0"))
	tb.fill(name+" > Năm", p[0])
}

// choose takes the option of a list whose text is, or begins with, the given one.
func (tb *tab) choose(name, option string) {
	tb.t.Helper()
	th := tb.find([]string{"combobox", "listbox"}, name)
	tb.run("choosing "+option, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		return tb.call(ctx, t, th, `function(want) {
			const all = [...this.options], o = all.find(o => o.text.trim() === want) || all.find(o => o.text.trim().startsWith(want));
			if (!o) throw new Error("no option " + want + " among " + all.map(o => o.text.trim()).slice(0, 40).join(" | "));
			this.focus(); this.value = o.value;
			this.dispatchEvent(new Event("input", {bubbles: true})); this.dispatchEvent(new Event("change", {bubbles: true}));
		}`, option)
	}))
}

// tick sets a radio button or a box. What is set already stays.
func (tb *tab) tick(name string) {
	tb.t.Helper()
	th := tb.find(ticked(), name)
	var on bool
	tb.run("ticking "+name, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		o, err := cdp.Call(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: th.node})
		if err != nil {
			return err
		}
		r, err := cdp.Call(ctx, t, runtime.CallFunctionOn, runtime.CallFunctionOnParams{FunctionDeclaration: `function() { return this.checked }`, ObjectID: o.Object.ObjectID})
		if err == nil && r.Result != nil {
			on = string(r.Result.Value) == "true"
		}
		return err
	}))
	if !on {
		tb.hit(th)
	}
}

// attach gives files to the file field that a CSS selector names; file fields have no role of their
// own in the accessibility tree.
func (tb *tab) attach(css string, files ...string) {
	tb.t.Helper()
	tb.run("attaching to "+css, chromedp.SetUploadFiles(chromedp.CSS(css), files))
}

// keyboard presses keys as an official does who never reaches for the mouse, and counts them.
type keyboard struct {
	tab     *tab
	actions int // presses besides the text itself
	ended   int // those of them that only end an answer and go on to the next
}

// press presses a key that is no text: kb.Tab, kb.Enter, a shortcut.
func (k *keyboard) press(keys string, mods ...chromedp.Modifier) {
	k.tab.t.Helper()
	k.actions += len([]rune(keys))
	k.tab.run("pressing a key", chromedp.KeyEvent(keys, chromedp.KeyModifiers(mods...)))
}

// write types text; it is not counted.
func (k *keyboard) write(text string) {
	k.tab.t.Helper()
	k.tab.run("typing", command(input.InsertText, input.InsertTextParams{Text: text}))
}

// at returns the name of what has the focus.
func (k *keyboard) at() string {
	k.tab.t.Helper()
	return eval[string](k.tab, `(() => {
		const e = document.activeElement;
		if (!e || e === document.body) return "";
		const l = e.labels && e.labels[0];
		return ((l ? l.innerText : "") || e.getAttribute("aria-label") || e.innerText || e.name || e.tagName).trim().replace(/\s+/g, " ");
	})()`)
}
