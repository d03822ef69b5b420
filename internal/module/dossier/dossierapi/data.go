package dossierapi

import (
	"encoding/json"
	"strconv"
)

// word returns a value of a history entry as text, "" where there is none.
func word(data map[string]any, key string) string {
	switch v := data[key].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case json.Number:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	}
	return ""
}

// maps returns a list of objects of a history entry.
func maps(data map[string]any, key string) []map[string]any {
	list, _ := data[key].([]any)
	var out []map[string]any
	for _, x := range list {
		if m, ok := x.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
