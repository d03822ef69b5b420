package db

import "context"

type alongKey struct{}

// Along returns a context whose writes also do f, in the same transaction and after their own
// work: what f notes stands exactly if the write does. It serves what must be known about an act
// even if the process dies right after it. f obeys the rules of Write and bears being done by
// several writes.
func Along(ctx context.Context, f func(*Tx) error) context.Context {
	return context.WithValue(ctx, alongKey{}, f)
}

// along adds to fn what the context wants to have done with it.
func along(ctx context.Context, fn func(*Tx) error) func(*Tx) error {
	f, ok := ctx.Value(alongKey{}).(func(*Tx) error)
	if !ok {
		return fn
	}
	return func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return f(tx)
	}
}
