package procedureweb_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"lienthong/internal/module/procedure"
)

func equal(a, b procedure.Record) bool  { return cmp.Equal(a, b) }
func diff(a, b procedure.Record) string { return cmp.Diff(a, b) }
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

// asPosted returns what a browser sends when the last form of the page is submitted unchanged.
func asPosted(t *testing.T, body string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	out := url.Values{}
	attr := func(n *html.Node, name string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val, true
			}
		}
		return "", false
	}
	var text func(n *html.Node) string
	text = func(n *html.Node) string {
		if n.Type == html.TextNode {
			return n.Data
		}
		s := ""
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			s += text(c)
		}
		return s
	}
	var walk func(n *html.Node, in bool)
	walk = func(n *html.Node, in bool) {
		if n.Type == html.ElementNode {
			if action, ok := attr(n, "action"); n.Data == "form" && ok {
				in = strings.Contains(action, "/sua/")
			}
			name, _ := attr(n, "name")
			value, _ := attr(n, "value")
			_, checked := attr(n, "checked")
			kind, _ := attr(n, "type")
			switch {
			case !in || name == "":
			case n.Data == "textarea":
				out.Add(name, strings.TrimPrefix(text(n), "\n"))
			case n.Data == "select":
				for c := n.FirstChild; c != nil; c = c.NextSibling {
					if _, sel := attr(c, "selected"); sel {
						v, _ := attr(c, "value")
						out.Add(name, v)
					}
				}
			case n.Data == "input" && (kind == "checkbox" || kind == "radio"):
				if checked {
					out.Add(name, value)
				}
			case n.Data == "input":
				out.Add(name, value)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, in)
		}
	}
	walk(doc, false)
	return out
}
