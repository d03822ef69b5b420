package obs

import (
	"io"
	"log/slog"
)

// NewLog returns a logger that writes to w as "text" or "json", from the level on.
func NewLog(w io.Writer, format string, level slog.Leveler) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}
