package i18n

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"lienthong/internal/kit/civil"
)

// NBSP is the space that never ends a line; it stands between a number and its unit.
const NBSP = "\u00a0"

// Date returns the day as 23/11/2026, in English as 23 November 2026, because English readers
// disagree about which of two numbers is the month.
func Date(ctx context.Context, d civil.Date) string { return DateIn(Lang(ctx), d) }

// DateIn is Date for a given language.
func DateIn(lang string, d civil.Date) string {
	if lang == EN {
		return d.At(0).Format("2 January 2006")
	}
	return d.VN()
}

// DayMonth returns the day without its year, 23/11 or 23 Nov; for lists where the year is plain.
func DayMonth(ctx context.Context, d civil.Date) string {
	if Lang(ctx) == EN {
		return d.At(0).Format("2 Jan")
	}
	return d.At(0).Format("02/01")
}

// Weekday returns the name of the day of the week, "Thứ Hai" or "Monday".
func Weekday(ctx context.Context, d civil.Date) string {
	if Lang(ctx) == EN {
		return d.Weekday().String()
	}
	return [...]string{"Chủ nhật", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy"}[d.Weekday()]
}

// Time returns the time of day in Vietnam on the 24-hour clock, 14:05.
func Time(_ context.Context, t time.Time) string { return t.In(civil.Zone()).Format("15:04") }

// DateTime returns the day and the time in Vietnam: 23/11/2026 14:05, 23 November 2026, 14:05.
func DateTime(ctx context.Context, t time.Time) string { return DateTimeIn(Lang(ctx), t) }

// DateTimeIn is DateTime for a given language.
func DateTimeIn(lang string, t time.Time) string {
	clock := t.In(civil.Zone()).Format("15:04")
	if lang == EN {
		return DateIn(lang, civil.From(t)) + ", " + clock
	}
	return DateIn(lang, civil.From(t)) + " " + clock
}

// Money returns an amount in whole đồng, 100.000 ₫, with a space that does not break.
func Money(ctx context.Context, dong int64) string { return MoneyIn(Lang(ctx), dong) }

// MoneyIn is Money for a given language.
func MoneyIn(lang string, dong int64) string { return integer(lang, dong) + NBSP + "₫" }

// Int returns a whole number with its thousands apart: 1.234, in English 1,234.
func Int[N int | int32 | int64](ctx context.Context, n N) string {
	return IntIn(Lang(ctx), int64(n))
}

// IntIn is Int for a given language.
func IntIn(lang string, n int64) string { return integer(lang, n) }

// Number returns a number with at most the given count of decimals (0 to 9), rounded half away
// from zero: 1.234,5, in English 1,234.5. Trailing zeros are dropped.
func Number(ctx context.Context, f float64, decimals int) string {
	return number(Lang(ctx), f, min(max(decimals, 0), 9))
}

// Percent returns a share between 0 and 1 as per cent with one decimal: 97,6%.
func Percent(ctx context.Context, share float64) string { return PercentIn(Lang(ctx), share) }

// PercentIn is Percent for a given language.
func PercentIn(lang string, share float64) string { return number(lang, share*100, 1) + "%" }

// Bytes returns a size as people read it: 640 KB, 6,2 MB (a KB is 1024 bytes, as phones show it).
func Bytes(ctx context.Context, n int64) string {
	switch {
	case n < 1024:
		return integer(Lang(ctx), n) + NBSP + "B"
	case n < 1<<20:
		return number(Lang(ctx), math.Ceil(float64(n)/1024), 0) + NBSP + "KB"
	case n < 1<<30:
		return number(Lang(ctx), float64(n)/(1<<20), 1) + NBSP + "MB"
	}
	return number(Lang(ctx), float64(n)/(1<<30), 1) + NBSP + "GB"
}

func integer(lang string, n int64) string {
	return group(lang, strconv.FormatInt(n, 10), "")
}

// number writes f with at most the given decimals; a negative count means as many as it needs.
func number(lang string, f float64, decimals int) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return "–"
	}
	if decimals >= 0 {
		p := math.Pow10(decimals)
		if r := math.Round(f*p) / p; !math.IsInf(r, 0) {
			f = r
		}
	}
	if f == 0 {
		f = 0 // no "-0"
	}
	whole, frac, _ := strings.Cut(strconv.FormatFloat(f, 'f', decimals, 64), ".")
	return group(lang, whole, strings.TrimRight(frac, "0"))
}

// group puts the separators of the language into a string of digits with an optional sign.
func group(lang, whole, frac string) string {
	sep, point := ".", ","
	if lang == EN {
		sep, point = ",", "."
	}
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(sep)
		}
		b.WriteRune(r)
	}
	if frac != "" {
		b.WriteString(point + frac)
	}
	return b.String()
}
