package worktime

import "math"

// Julian day numbers below are days and fractions in Terrestrial Time unless they say otherwise;
// 2440587.5 is 1970-01-01T00:00 UTC.
const (
	julianUnixEpoch = 2440587.5
	julianJ2000     = 2451545.0
	julianCentury   = 36525.0
	synodicMonth    = 29.530588861
	newMoonZero     = 2451550.09766 // mean new moon of 6 January 2000, number 0
)

func sinDeg(deg float64) float64 { return math.Sin(deg * math.Pi / 180) }

// deltaT returns Terrestrial Time minus Universal Time in seconds at the given year with fraction
// (Espenak and Meeus, "Five Millennium Canon of Solar Eclipses", NASA 2006). Past 2005 it is a
// prediction; the error it can cause here is a few seconds today and some minutes in 2199.
func deltaT(year float64) float64 {
	poly := func(t float64, c ...float64) float64 {
		v := 0.0
		for i := len(c) - 1; i >= 0; i-- {
			v = v*t + c[i]
		}
		return v
	}
	u := (year - 1820) / 100
	switch {
	case year < 1900:
		return poly(year-1860, 7.62, 0.5737, -0.251754, 0.01680668, -0.0004473624, 1.0/233174)
	case year < 1920:
		return poly(year-1900, -2.79, 1.494119, -0.0598939, 0.0061966, -0.000197)
	case year < 1941:
		return poly(year-1920, 21.20, 0.84493, -0.076100, 0.0020936)
	case year < 1961:
		return poly(year-1950, 29.07, 0.407, -1.0/233, 1.0/2547)
	case year < 1986:
		return poly(year-1975, 45.45, 1.067, -1.0/260, -1.0/718)
	case year < 2005:
		return poly(year-2000, 63.86, 0.3345, -0.060374, 0.0017275, 0.000651814, 0.00002373599)
	case year < 2050:
		return poly(year-2000, 62.92, 0.32217, 0.005589)
	case year < 2150:
		return -20 + 32*u*u - 0.5628*(2150-year)
	}
	return -20 + 32*u*u
}

// toUT turns a Julian day of Terrestrial Time into one of Universal Time.
func toUT(jd float64) float64 {
	return jd - deltaT(2000+(jd-julianJ2000)/365.25)/86400
}

// toTT is the inverse of toUT to well under a second.
func toTT(jd float64) float64 {
	return jd + deltaT(2000+(jd-julianJ2000)/365.25)/86400
}

// moonTerm is one periodic term of the time of new moon: coefficient in days, power of the
// eccentricity factor, and multiples of M (sun), M' (moon) and F (moon's argument of latitude).
type moonTerm struct {
	days       float64
	e          int
	m, mm, lat float64
}

// Meeus, "Astronomical Algorithms", 2nd ed. 1998, ch. 49.
func newMoonTerms() [24]moonTerm {
	return [24]moonTerm{
		{-0.40720, 0, 0, 1, 0}, {0.17241, 1, 1, 0, 0}, {0.01608, 0, 0, 2, 0}, {0.01039, 0, 0, 0, 2},
		{0.00739, 1, -1, 1, 0}, {-0.00514, 1, 1, 1, 0}, {0.00208, 2, 2, 0, 0}, {-0.00111, 0, 0, 1, -2},
		{-0.00057, 0, 0, 1, 2}, {0.00056, 1, 1, 2, 0}, {-0.00042, 0, 0, 3, 0}, {0.00042, 1, 1, 0, 2},
		{0.00038, 1, 1, 0, -2}, {-0.00024, 1, -1, 2, 0}, {-0.00007, 0, 2, 1, 0}, {0.00004, 0, 0, 2, -2},
		{0.00004, 0, 3, 0, 0}, {0.00003, 0, 1, 1, -2}, {0.00003, 0, 0, 2, 2}, {-0.00003, 0, 1, 1, 2},
		{0.00003, 0, -1, 1, 2}, {-0.00002, 0, -1, 1, -2}, {-0.00002, 0, 1, 3, 0}, {0.00002, 0, 0, 4, 0},
	}
}

// newMoon returns the Julian day in Universal Time of the k-th new moon, counted from that of
// 6 January 2000. Against full theory the series is good to about 20 seconds in these centuries.
func newMoon(k int) float64 {
	n := float64(k)
	t := n / 1236.85
	t2, t3, t4 := t*t, t*t*t, t*t*t*t
	jd := newMoonZero + synodicMonth*n + 0.00015437*t2 - 0.000000150*t3 + 0.00000000073*t4
	e := 1 - 0.002516*t - 0.0000074*t2
	m := 2.5534 + 29.10535670*n - 0.0000014*t2 - 0.00000011*t3
	mm := 201.5643 + 385.81693528*n + 0.0107582*t2 + 0.00001238*t3 - 0.000000058*t4
	f := 160.7108 + 390.67050284*n - 0.0016118*t2 - 0.00000227*t3 + 0.000000011*t4
	node := 124.7746 - 1.56375588*n + 0.0020672*t2 + 0.00000215*t3

	jd += -0.00017 * sinDeg(node)
	for _, p := range newMoonTerms() {
		v := p.days * sinDeg(p.m*m+p.mm*mm+p.lat*f)
		for range p.e {
			v *= e
		}
		jd += v
	}
	// Planetary arguments of the same chapter.
	jd += 0.000325 * sinDeg(299.77+0.107408*n-0.009173*t2)
	for _, a := range [13][3]float64{
		{0.000165, 251.88, 0.016321}, {0.000164, 251.83, 26.651886}, {0.000126, 349.42, 36.412478},
		{0.000110, 84.66, 18.206239}, {0.000062, 141.74, 53.303771}, {0.000060, 207.14, 2.453732},
		{0.000056, 154.84, 7.306860}, {0.000047, 34.52, 27.261239}, {0.000042, 207.19, 0.121824},
		{0.000040, 291.34, 1.844379}, {0.000037, 161.72, 24.198154}, {0.000035, 239.56, 25.513099},
		{0.000023, 331.55, 3.592518},
	} {
		jd += a[0] * sinDeg(a[1]+a[2]*n)
	}
	return toUT(jd)
}

// sunLongitude returns the apparent geocentric longitude of the sun in degrees, 0 to below 360, at a
// Julian day of Universal Time (Meeus, ch. 25, with the main planetary perturbations and the leading
// terms of nutation). It is good to about 0.003°, which the sun moves in five minutes.
func sunLongitude(jdUT float64) float64 {
	t := (toTT(jdUT) - julianJ2000) / julianCentury
	l0 := 280.46646 + 36000.76983*t + 0.0003032*t*t
	m := 357.52911 + 35999.05029*t - 0.0001537*t*t
	c := (1.914602-0.004817*t-0.000014*t*t)*sinDeg(m) +
		(0.019993-0.000101*t)*sinDeg(2*m) + 0.000289*sinDeg(3*m)
	// Venus (two), Jupiter, the moon, and a long-period inequality (Meeus, 1st ed. 1991, ch. 24).
	c += 0.00134*math.Cos((153.23+22518.7541*t)*math.Pi/180) +
		0.00154*math.Cos((216.57+45037.5082*t)*math.Pi/180) +
		0.00200*math.Cos((312.69+32964.3577*t)*math.Pi/180) +
		0.00179*sinDeg(350.74+445267.1142*t-0.00144*t*t) +
		0.00178*sinDeg(251.39+20.20*t)
	node := 125.04 - 1934.136*t
	lon := math.Mod(l0+c-0.00569-0.00478*sinDeg(node)-0.00037*sinDeg(2*l0), 360)
	if lon < 0 {
		lon += 360
	}
	return lon
}
