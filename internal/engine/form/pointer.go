package form

import (
	"strconv"
	"strings"
)

// rawKey is the reserved key of an object under which unreadable input is kept, by pointer.
const rawKey = "_raw"

// Value returns what stands at the JSON pointer in data, or nil. Indices of lists are allowed.
func Value(data map[string]any, path string) any {
	segs, ok := split(path)
	if !ok {
		return nil
	}
	var v any = data
	for _, s := range segs {
		switch c := v.(type) {
		case map[string]any:
			v = c[s]
		case []any:
			i, err := strconv.Atoi(s)
			if err != nil || i < 0 || i >= len(c) {
				return nil
			}
			v = c[i]
		default:
			return nil
		}
	}
	return v
}

// String returns the string at the JSON pointer in data, or "" if there is none.
func String(data map[string]any, path string) string {
	s, _ := Value(data, path).(string)
	return s
}

// split cuts a JSON pointer into its reference tokens (RFC 6901, section 4).
func split(path string) ([]string, bool) {
	if path == "" {
		return nil, true
	}
	if path[0] != '/' {
		return nil, false
	}
	segs := strings.Split(path[1:], "/")
	for i, s := range segs {
		if strings.Contains(s, "~") {
			segs[i] = strings.ReplaceAll(strings.ReplaceAll(s, "~1", "/"), "~0", "~")
		}
	}
	return segs, true
}

// join makes a JSON pointer of reference tokens.
func join(segs ...string) string {
	var b strings.Builder
	for _, s := range segs {
		b.WriteByte('/')
		if strings.ContainsAny(s, "~/") {
			s = strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
		}
		b.WriteString(s)
	}
	return b.String()
}

// lookup follows segs through maps only.
func lookup(m map[string]any, segs []string) any {
	var v any = m
	for _, s := range segs {
		c, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = c[s]
	}
	return v
}

// put stores v at segs, making the maps in between and replacing whatever else stands there.
func put(m map[string]any, segs []string, v any) {
	m = parent(m, segs)
	m[segs[len(segs)-1]] = v
}

// parent returns the map that holds the last of segs, making those in between.
func parent(m map[string]any, segs []string) map[string]any {
	for _, s := range segs[:len(segs)-1] {
		c, ok := m[s].(map[string]any)
		if !ok {
			c = map[string]any{}
			m[s] = c
		}
		m = c
	}
	return m
}

// remove deletes what stands at segs, and the maps that became empty by it.
func remove(m map[string]any, segs []string) {
	if len(segs) == 1 {
		delete(m, segs[0])
		return
	}
	c, ok := m[segs[0]].(map[string]any)
	if !ok {
		return
	}
	remove(c, segs[1:])
	if len(c) == 0 {
		delete(m, segs[0])
	}
}

// clone copies data so that the caller's value is never changed. What is nested too deeply to be
// the answer to any question is dropped.
func clone(m map[string]any) map[string]any {
	c, _ := cloneValue(m, maxDepth).(map[string]any)
	if c == nil {
		c = map[string]any{}
	}
	return c
}

func cloneValue(v any, depth int) any {
	if depth == 0 {
		return nil
	}
	switch v := v.(type) {
	case map[string]any:
		if v == nil {
			return nil
		}
		c := make(map[string]any, len(v))
		for k, e := range v {
			c[k] = cloneValue(e, depth-1)
		}
		return c
	case []any:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = cloneValue(e, depth-1)
		}
		return c
	case []string:
		c := make([]any, len(v))
		for i, e := range v {
			c[i] = e
		}
		return c
	}
	return v
}

// rawText returns the unreadable input kept for the pointer in the object.
func rawText(m map[string]any, path string) string {
	r, _ := m[rawKey].(map[string]any)
	s, _ := r[path].(string)
	return s
}

// setRaw keeps unreadable input for the pointer, or forgets it if s is empty.
func setRaw(m map[string]any, path, s string) {
	r, ok := m[rawKey].(map[string]any)
	switch {
	case s != "" && !ok:
		m[rawKey] = map[string]any{path: s}
	case s != "":
		r[path] = s
	case ok:
		delete(r, path)
		if len(r) == 0 {
			delete(m, rawKey)
		}
	}
}
