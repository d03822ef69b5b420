package iam_test

import (
	"context"
	"testing"
	"time"

	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/iam/iamtest"
)

// Attempts under several keys count together or not at all, and asking whether there is room
// counts nothing.
func TestAttemptsTogether(t *testing.T) {
	testkit.EachEngine(t, func(t *testing.T, d *db.DB) {
		h := iamtest.New(t, d)
		ctx := actor.With(context.Background(), actor.Actor{Kind: actor.Anonymous, IP: "203.0.113.7"})
		wide := map[string]int{"a": 3, "b": 100}
		for range 10 {
			must(t, h.Spent(ctx, wide, 3600))
		}
		for range 3 {
			must(t, h.Spend(ctx, wide, 3600))
		}
		refused(t, h.Spent(ctx, wide, 3600), fault.TooMany, "iam.too_many")
		refused(t, h.Spend(ctx, wide, 3600), fault.TooMany, "iam.too_many")
		// The refused one has not been counted under b either: 97 of its hundred are left.
		for range 97 {
			must(t, h.Spend(ctx, map[string]int{"b": 100}, 3600))
		}
		refused(t, h.Spend(ctx, map[string]int{"b": 100}, 3600), fault.TooMany, "iam.too_many")
		h.Clock.Move(time.Hour)
		must(t, h.Spent(ctx, wide, 3600))
		must(t, h.Spend(ctx, wide, 3600))
	})
}
