package repository

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"gorm.io/gorm/logger"
)

// sqlLog writes statements to slog: every one at slog.LevelDebug, a slow one
// as a warning. What failed is returned to the caller, who logs it once.
type sqlLog struct {
	to    *slog.Logger
	level slog.Level
}

var _ logger.Interface = sqlLog{}

// ParamsFilter keeps values out of the statements, as GORM's logger does under
// ParameterizedQueries: they are secrets, sealed secrets and personal data.
func (sqlLog) ParamsFilter(_ context.Context, sql string, _ ...any) (string, []any) { return sql, nil }

// LogMode is GORM's; the level is set by Options alone.
func (l sqlLog) LogMode(logger.LogLevel) logger.Interface { return l }

// Info says what GORM does.
func (l sqlLog) Info(ctx context.Context, text string, args ...any) {
	l.log(ctx, slog.LevelDebug, fmt.Sprintf(text, args...))
}

// Warn says what GORM thinks amiss.
func (l sqlLog) Warn(ctx context.Context, text string, args ...any) {
	l.log(ctx, slog.LevelWarn, fmt.Sprintf(text, args...))
}

// Error says what GORM fails at; a statement that fails is not among it.
func (l sqlLog) Error(ctx context.Context, text string, args ...any) {
	l.log(ctx, slog.LevelError, fmt.Sprintf(text, args...))
}

// Trace logs one statement.
func (l sqlLog) Trace(ctx context.Context, begin time.Time, statement func() (string, int64), err error) {
	elapsed := time.Since(begin)
	level, message := slog.LevelDebug, "SQL"
	if elapsed >= slowStatement {
		level, message = slog.LevelWarn, "slow SQL"
	}
	if level < l.level {
		return
	}
	sql, rows := statement()
	attrs := []slog.Attr{slog.String("sql", sql), slog.Int64("rows", rows), slog.Duration("elapsed", elapsed)}
	if err != nil {
		attrs = append(attrs, slog.String("error", err.Error()))
	}
	l.log(ctx, level, message, attrs...)
}

func (l sqlLog) log(ctx context.Context, level slog.Level, message string, attrs ...slog.Attr) {
	if level >= l.level {
		l.to.LogAttrs(ctx, level, message, attrs...)
	}
}
