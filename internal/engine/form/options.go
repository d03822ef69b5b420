package form

import (
	"errors"
	"fmt"
)

// options reads the choices of a field and compares them with the enum of the schema, if it has one.
func (c *compiler) options(f *field, l *layoutField, loc string) error {
	choose := f.widget == WidgetRadio || f.widget == WidgetSelect || f.kind == kindList
	list := l.Options
	if l.List != "" {
		var ok bool
		if list, ok = c.lists[l.List]; !ok || len(l.Options) > 0 {
			return fmt.Errorf("list %.40q does not exist, or there are options beside it", l.List)
		}
	}
	if !choose {
		if len(list) > 0 {
			return fmt.Errorf("widget %s has no options", f.widget)
		}
		return nil
	}
	at := loc
	if f.kind == kindList {
		at += "/*"
		if c.sv.places[at].typ() != "string" {
			return errors.New("a checkbox with options needs a list of texts in the schema")
		}
	}
	enum := c.sv.places[at].enum()
	if list == nil && f.kind == kindBool {
		list = yesNo()
	}
	if list == nil {
		for _, v := range enum {
			list = append(list, layoutOption{v, Text{"vi": fmt.Sprint(v)}})
		}
	}
	if len(list) == 0 || len(list) > 1000 {
		return errors.New("a choice needs 1 to 1000 options")
	}
	seen := map[string]bool{}
	for _, o := range list {
		s, err := optionValue(o.Value)
		if err != nil {
			return err
		}
		label, err := checkText("the option "+s, o.Label, 300, true)
		if err != nil {
			return err
		}
		v := scalar(o.Value)
		if seen[s] || !fits(f.kind, v) {
			return fmt.Errorf("option %.60q is there twice or not of the field's type", s)
		}
		seen[s] = true
		f.options = append(f.options, option{s, v, label})
	}
	for _, v := range enum {
		if s, err := optionValue(v); err != nil || !seen[s] {
			return fmt.Errorf("the schema allows %v, which is no option", v)
		}
	}
	if enum != nil && len(enum) != len(f.options) {
		return errors.New("the schema does not allow every option")
	}
	return nil
}

func yesNo() []layoutOption {
	return []layoutOption{{true, Text{"vi": "Có", "en": "Yes"}}, {false, Text{"vi": "Không", "en": "No"}}}
}

func fits(k kind, v any) bool {
	switch v := v.(type) {
	case string:
		return k == kindString || k == kindList
	case float64:
		return k == kindNumber || k == kindInteger && v == float64(int64(v))
	case bool:
		return k == kindBool
	}
	return false
}
