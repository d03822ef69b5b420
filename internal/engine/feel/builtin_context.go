package feel

// contextFunctions are the functions of clause 10.3.4.10 and those of later versions.
func contextFunctions(name string) (string, body) {
	switch name {
	case "get value":
		return "m, key|context, key|context, keys", func(r *Run, args []Value) Value {
			c, ok := args[0].(*Context)
			if !ok {
				return r.wrong(name, args...)
			}
			switch k := args[1].(type) {
			case string:
				v, _ := c.Get(k)
				return v
			}
			return r.wrong(name, args...)
		}
	case "get entries":
		return "m|context", func(r *Run, args []Value) Value {
			c, ok := args[0].(*Context)
			if !ok {
				return r.wrong(name, args...)
			}
			out := List{}
			for _, k := range c.keys {
				e := NewContext()
				e.Put("key", k)
				e.Put("value", c.vals[k])
				out = append(out, e)
			}
			return out
		}
	case "context":
		return "entries", func(r *Run, args []Value) Value {
			l, ok := listOf(args[0])
			if !ok {
				return r.wrong(name, args...)
			}
			out := NewContext()
			for _, e := range l {
				c, ok := e.(*Context)
				if !ok {
					return r.wrong(name, e)
				}
				k, ok := c.vals["key"].(string)
				v, there := c.Get("value")
				if _, twice := out.Get(k); !ok || !there || twice || !r.spend(1) {
					return r.wrong(name, e)
				}
				out.Put(k, v)
			}
			return out
		}
	case "context put":
		return "context, key, value|context, keys, value", func(r *Run, args []Value) Value {
			c, ok := args[0].(*Context)
			if !ok {
				return r.wrong(name, args...)
			}
			switch k := args[1].(type) {
			case string:
				return r.put(c, []string{k}, args[2], args)
			case List:
				keys := make([]string, len(k))
				for i, e := range k {
					if keys[i], ok = e.(string); !ok {
						return r.wrong(name, args...)
					}
				}
				if len(keys) > 0 && len(keys) <= maxDepth {
					return r.put(c, keys, args[2], args)
				}
			}
			return r.wrong(name, args...)
		}
	case "context merge":
		return "contexts", func(r *Run, args []Value) Value {
			l, ok := listOf(args[0])
			if !ok {
				return r.wrong(name, args...)
			}
			out := NewContext()
			for _, e := range l {
				c, ok := e.(*Context)
				if !ok || !r.spend(c.Len()) {
					return r.wrong(name, e)
				}
				for _, k := range c.keys {
					out.Put(k, c.vals[k])
				}
			}
			return out
		}
	}
	return "", nil
}

// put returns the context with the entry at the end of the path changed or added.
func (r *Run) put(c *Context, keys []string, v Value, args []Value) Value {
	if !r.spend(c.Len()) {
		return nil
	}
	out := c.clone()
	if len(keys) == 1 {
		out.Put(keys[0], v)
		return out
	}
	in, ok := c.vals[keys[0]].(*Context)
	if !ok {
		return r.wrong("context put", args...)
	}
	w := r.put(in, keys[1:], v, args)
	if w == nil {
		return nil
	}
	out.Put(keys[0], w)
	return out
}
