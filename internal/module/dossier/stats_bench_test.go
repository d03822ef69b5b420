package dossier_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"lienthong/internal/kit/civil"
	"lienthong/internal/kit/db"
	"lienthong/internal/kit/id"
	"lienthong/internal/kit/testkit"
	"lienthong/internal/module/dossier"
	"lienthong/internal/module/dossier/dossiertest"
)

// sixYears fills the rollups of a province as about 430,000 dossiers would: 130 agencies, 50
// procedures, 2021 to 2026, some days from receipt to the end.
func sixYears(b *testing.B, w *dossiertest.World) (agencies []id.ID, codes []string) {
	run := func(query string, args ...any) {
		if err := w.DB.Write(context.Background(), func(tx *db.Tx) error {
			_, err := tx.Exec(query, args...)
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	run(`CREATE TABLE dossier_probe (i BIGINT, agency_id BYTEA, code TEXT, day TEXT, due_at BIGINT)`)
	first := civil.Must("2021-01-01")
	for i := range 2151 {
		var agency id.ID
		code := ""
		if i < 130 {
			agency = w.IDs.New()
			agencies = append(agencies, agency)
		}
		if i < 50 {
			code = fmt.Sprintf("9.%06d", i)
			codes = append(codes, code)
		}
		day := first + civil.Date(i)
		run(`INSERT INTO dossier_probe VALUES ($1, $2, $3, $4, $5)`, i, agency, code, day, db.Micros((day + 10).At(1020)))
	}
	run(`CREATE INDEX dossier_probe_i ON dossier_probe (i)`)
	// One row for each dossier; multiplying by odd numbers and taking remainders scatters them.
	run(`CREATE TABLE dossier_probed AS WITH RECURSIVE x (i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM x WHERE i < 429999)
		SELECT a.agency_id, p.code, 1 + i2 % 4 AS channel, d.day, d.due_at, e.day AS done, i3 AS took FROM (
			SELECT i * 7919 % 130 AS ia, i * 104729 % 1013 * (i * 15485863 % 1009) % 50 AS ip, i * 32452843 % 2131 AS id, i * 49979687 % 997 AS i2, i * 67867967 % 15 AS i3 FROM x) AS r
		JOIN dossier_probe a ON a.i = ia JOIN dossier_probe p ON p.i = ip JOIN dossier_probe d ON d.i = id JOIN dossier_probe e ON e.i = id + i3`)
	run(`INSERT INTO dossier_day SELECT agency_id, code, channel, day, sum(s), sum(s), 0, 0, 0, sum(o), sum(l), 0 FROM (
		SELECT agency_id, code, channel, day, 1 AS s, 0 AS o, 0 AS l FROM dossier_probed UNION ALL
		SELECT agency_id, code, channel, done, 0, CASE WHEN took <= 10 THEN 1 ELSE 0 END, CASE WHEN took > 10 THEN 1 ELSE 0 END FROM dossier_probed) AS x
		GROUP BY agency_id, code, channel, day`)
	run(`INSERT INTO dossier_move SELECT agency_id, code, channel, day, due_at, sum(n) FROM (
		SELECT agency_id, code, channel, day, due_at, 1 AS n FROM dossier_probed UNION ALL
		SELECT agency_id, code, channel, done, due_at, -1 FROM dossier_probed) AS x GROUP BY agency_id, code, channel, day, due_at`)
	run(`INSERT INTO dossier_open SELECT agency_id, procedure_code, channel, due_at, sum(n) FROM dossier_move
		GROUP BY agency_id, procedure_code, channel, due_at`)
	return agencies, codes
}

// cpu returns the processor time this process has used: unlike the time of day it does not count
// what others do on the machine.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkFiguresOfSixYears reads reports over the whole history of a province.
func BenchmarkFiguresOfSixYears(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": testkit.SQLite, "postgres": testkit.Postgres} {
		b.Run(name, func(b *testing.B) {
			w := dossiertest.New(b, open(b))
			agencies, codes := sixYears(b, w)
			ctx := context.Background()
			b.Run("close", func(b *testing.B) {
				for b.Loop() {
					if err := w.Dossiers.CloseMonths(ctx); err != nil {
						b.Fatal(err)
					}
				}
			})
			all := dossier.FigureFilter{From: civil.Must("2021-01-01"), To: civil.Must("2026-11-23")}
			odd, five, some := all, all, all
			odd.From, odd.To = civil.Must("2021-03-17"), civil.Must("2026-08-14")
			five.Procedures = codes[:5]
			some.Agencies = agencies[:8]
			for _, x := range []struct {
				name string
				f    dossier.FigureFilter
				by   dossier.Group
			}{{"all", all, dossier.ByNothing}, {"by agency", all, dossier.ByAgency}, {"by procedure", all, dossier.ByProcedure},
				{"by channel", all, dossier.ByChannel}, {"by year", all, dossier.ByYear}, {"by month", all, dossier.ByMonth},
				{"by agency of a field", five, dossier.ByAgency}, {"by procedure of some agencies", some, dossier.ByProcedure},
				{"by agency from 17 March to 14 August", odd, dossier.ByAgency}} {
				b.Run(x.name, func(b *testing.B) {
					before := cpu(b)
					for b.Loop() {
						if rows, err := w.Dossiers.Figures(ctx, x.f, x.by); err != nil || len(rows) == 0 {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64((cpu(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
				})
			}
		})
	}
}
