package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"harmonium/appliance"
	"harmonium/appliance/backup"
	"harmonium/appliance/server"
	"harmonium/models"
)

func (p program) backup() *cobra.Command {
	c := &cobra.Command{
		Use:   "backup",
		Short: "Make and check encrypted backups",
		Args:  noArguments,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(p.backupCreate(), p.backupPlan(), p.backupRun(), p.backupVerify(), p.backupKey(), p.undoRestore())
	return c
}

// secretFlags are the flags with which a backup is locked or opened. None takes a secret itself: every user of the
// machine could read it in the list of processes.
type secretFlags struct {
	fromStdin *bool
	file      *string
}

func passphraseFlags(c *cobra.Command) secretFlags {
	return secretFlags{
		fromStdin: c.Flags().Bool("passphrase-stdin", false, "read the passphrase or recovery key from standard input instead of asking"),
		file:      c.Flags().String("passphrase-file", "", "read the passphrase or recovery key from a `file`"),
	}
}

// maxSecret bounds what is read of a passphrase or of the file of a recovery key, in bytes.
const maxSecret = 4 << 10

// read gives the passphrase, which is asked for twice when it is a new one.
func (f secretFlags) read(p program, isNew bool) (string, error) {
	switch {
	case *f.fromStdin:
		raw, err := io.ReadAll(io.LimitReader(p.in, maxSecret))
		return strings.TrimRight(string(raw), "\r\n"), err
	case *f.file != "":
		file, err := os.Open(*f.file)
		if err != nil {
			return "", fmt.Errorf("read the passphrase: %w", err)
		}
		defer file.Close()
		raw, err := io.ReadAll(io.LimitReader(file, maxSecret))
		return strings.TrimRight(string(raw), "\r\n"), err
	case !term.IsTerminal(int(p.in.Fd())):
		return "", misuse{errors.New("there is no terminal to ask for the passphrase at; give it with --passphrase-stdin or --passphrase-file")}
	}
	first, err := p.ask("Passphrase of the backup: ")
	if err != nil || !isNew {
		return first, err
	}
	again, err := p.ask("The same once more: ")
	if err == nil && first != again {
		err = misuse{errors.New("the two passphrases differ; nothing was written")}
	}
	return first, err
}

// untilStopped gives a context that ends when somebody wants to stop.
func untilStopped(c *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
}

// madeBackup is what create tells.
type madeBackup struct {
	File string `json:"file"`
	backup.Report
}

func (p program) backupCreate() *cobra.Command {
	c := &cobra.Command{
		Use:   "create FILE|DIRECTORY",
		Short: "Write everything that the box keeps, except models, into one encrypted file, and check it",
		Long: `Write everything that the box keeps, except models, into one encrypted file, while people go on talking. In a directory
the file is named by the time. It is locked with a passphrase, or with --recipient for the holder of a key (harmonium backup
key makes one). What was written is read back from the disk, opened and checked; only then has the file its name.

Beside it a copy of the journal of deletions is put: what is deleted later does not come back when this backup is restored,
as long as the journal is kept up to date there.`,
		Args: oneArgument("the file or the directory to write to"),
	}
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	flags := passphraseFlags(c)
	recipients := c.Flags().StringArray("recipient", nil, "public `key` (age1…) to lock the backup for; can be given several times")
	c.RunE = func(c *cobra.Command, args []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		secret := backup.Secret{Recipients: *recipients}
		if len(*recipients) == 0 {
			if secret.Passphrase, err = flags.read(p, true); err != nil {
				return err
			}
			if err := backup.CheckPassphrase(secret.Passphrase); err != nil {
				return err
			}
		}
		path, err := filepath.Abs(args[0]) // before another account is taken on
		if err != nil {
			return err
		}
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			path = filepath.Join(path, backup.FileName(appliance.SystemClock()))
		}
		ctx, stop := untilStopped(c)
		defer stop()
		maker, done, err := server.Backups(ctx, cfg)
		if err != nil {
			return err
		}
		line := p.progressLine()
		rep, err := backup.Save(ctx, maker, path, secret, line.showBackup)
		line.done()
		if err = errors.Join(err, done()); ctx.Err() != nil {
			err = errors.New("stopped; no backup was made, and earlier ones are as they were")
		}
		if err == nil {
			err = server.NoteBackup(c.Context(), cfg, path, rep)
		}
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, madeBackup{path, rep})
		}
		_, err = fmt.Fprintf(p.out, "%s is written and checked.\n%s", path, sayReport(rep))
		return err
	}
	return c
}

// showBackup shows how far a backup is.
func (l *progressLine) showBackup(step string, done, total int64) {
	l.say(func() string {
		switch {
		case step == backup.StepWrite:
			return models.InBytes(done) + " written"
		case total > 0:
			return fmt.Sprintf("%d %% checked", 100*done/total)
		}
		return models.InBytes(done) + " read"
	})
}

func sayReport(r backup.Report) string {
	n := r.Manifest.Rows
	return fmt.Sprintf("It holds the state of %s: %d sessions, %d conversations, %d turns, %d accounts; %d files, %s, made by version %s.\n",
		r.Manifest.MadeAt.Format("2006-01-02 15:04:05 MST"), n["sessions"], n["conversations"], n["turns"], n["accounts"], r.Files,
		models.InBytes(r.Bytes), r.Manifest.Version)
}

func oneArgument(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return misuse{fmt.Errorf("%s needs %s; %[1]s --help tells more", c.CommandPath(), what)}
		}
		return nil
	}
}

func (p program) backupRun() *cobra.Command {
	c := &cobra.Command{
		Use:   "run",
		Short: "Make the backup that is set up in the host app, if one is due",
		Long: `Make the backup that is set up on the page Backups of the host app, if one is due, and let old ones go. When none is due,
the journal of deletions is brought up to date where the backups lie. harmonium-backup.timer runs this every hour.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	now := c.Flags().Bool("now", false, "make one, whether it is due or not")
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		ctx, stop := untilStopped(c)
		defer stop()
		line := p.progressLine()
		saved, ran, err := server.RunBackup(ctx, cfg, *now, line.showBackup)
		line.done()
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(p.out, saved)
		case !ran:
			_, err = fmt.Fprintln(p.out, "No backup is due.")
		default:
			_, err = fmt.Fprintf(p.out, "The backup is written and checked: %s were new, %d older backups were removed.\n%s", models.InBytes(saved.Written),
				saved.Removed, sayReport(saved.Report))
		}
		return err
	}
	return c
}

// existingBackup gives a command that reads a backup its flags. The function that it returns opens a file, or of a
// directory of backups the newest from before the day that was named.
func (p program) existingBackup(c *cobra.Command) func(context.Context, string) (server.Config, io.ReadCloser, backup.Secret, error) {
	load := p.configFlags(c, "data", "control")
	flags := passphraseFlags(c)
	before := c.Flags().String("before", "", "of a directory: the newest backup from before this `day` (2026-03-31)")
	return func(ctx context.Context, path string) (cfg server.Config, f io.ReadCloser, secret backup.Secret, err error) {
		if cfg, err = load(); err != nil {
			return cfg, nil, secret, err
		}
		until := appliance.SystemClock()
		if *before != "" {
			if until, err = time.ParseInLocation(time.DateOnly, *before, time.Local); err != nil {
				return cfg, nil, secret, misuse{errors.New("--before takes a day: 2026-03-31")}
			}
		}
		text, err := flags.read(p, false)
		if err != nil {
			return cfg, nil, secret, err
		}
		secret = backup.ParseOpening(text)
		if backup.IsDirectory(path) {
			f, secret, err = backup.OpenDirectory(ctx, path, until, secret)
			return cfg, f, secret, err
		}
		f, err = os.Open(path)
		return cfg, f, secret, err
	}
}

func (p program) backupVerify() *cobra.Command {
	c := &cobra.Command{
		Use:   "verify FILE|DIRECTORY",
		Short: "Open a backup and check all of it; changes nothing and needs no box",
		Args:  oneArgument("the file of a backup, or a directory of them"),
	}
	asJSON := jsonFlag(c)
	opened := p.existingBackup(c)
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx, stop := untilStopped(c)
		defer stop()
		cfg, f, secret, err := opened(ctx, args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		maker, done, err := server.Verifier(ctx, cfg)
		if err != nil {
			return err
		}
		line := p.progressLine()
		rep, err := maker.Verify(ctx, f, secret, func(n int64) { line.showBackup(backup.StepVerify, n, 0) })
		line.done()
		if err = errors.Join(err, done()); err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, rep)
		}
		_, err = fmt.Fprintf(p.out, "The backup is whole.\n%s", sayReport(rep))
		return err
	}
	return c
}

// newKey is what key tells.
type newKey struct {
	Key       string `json:"key"`
	Recipient string `json:"recipient"`
}

func (p program) backupKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "key",
		Short: "Make a recovery key, for backups that are made without a passphrase",
		Long: `Make a recovery key and print it. Backups are locked with its public part (harmonium backup create --recipient age1…), and
opened with the secret part only, which the box does not keep. Print it, put it into a safe, and not on the box.`,
		Args: noArguments,
	}
	asJSON := jsonFlag(c)
	c.RunE = func(*cobra.Command, []string) error {
		key, recipient, err := backup.NewKey()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, newKey{key, recipient})
		}
		_, err = fmt.Fprintf(p.out, "# Recovery key of a Harmonium. Whoever has it can open the backups; without it nobody can.\n# public key: %s\n%s\n", recipient, key)
		return err
	}
	return c
}

func (p program) undoRestore() *cobra.Command {
	c := &cobra.Command{
		Use:   "undo-restore",
		Short: "Take the newest restore back: the box is as it was before; what was deleted since stays deleted",
		Long: `Take the newest restore back. The box is then in the state from before it, as long as that is kept: for two weeks, if nobody
has removed it. What was deleted after the restore is deleted there too, and all log-ins end. What people said after the
restore is not in that state; it is kept beside it, in before-restore-*, and the same command goes back to it. A server that
runs starts itself anew.`,
		Args: noArguments,
	}
	load := p.configFlags(c, "data", "control")
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, err := load()
		if err != nil {
			return err
		}
		u, err := server.UndoRestore(c.Context(), cfg)
		switch {
		case err != nil:
			return err
		case *asJSON:
			return printJSON(p.out, u)
		}
		_, err = fmt.Fprintf(p.out, "The restore of %s is taken back, and all log-ins have ended. %d things that were deleted since were deleted here too.\n"+
			"What the box held until now is kept in the data directory, in before-restore-*, for two weeks at most. The same command goes back to it.\n",
			u.Restored.Format("2006-01-02 15:04:05 MST"), u.Deleted)
		return err
	}
	return c
}

func (p program) restore() *cobra.Command {
	c := &cobra.Command{
		Use:   "restore FILE|DIRECTORY",
		Short: "Put the box back into the state of a backup; what was deleted since stays deleted",
		Long: `Put the box back into the state of a backup. All of it is read and checked before anything that is in use changes. The
state before is kept beside it, and the health page says so. All log-ins end. A server that runs starts itself anew.

What was deleted after the backup was made is deleted again, by the journals of deletions that are found: in the data
directory, beside FILE, and where --deletions says. When none is newer than the backup, this is refused, unless
--without-deletions says that what was deleted later may come back.`,
		Args: oneArgument("the file of a backup, or a directory of them"),
	}
	asJSON := jsonFlag(c)
	opened := p.existingBackup(c)
	journals := c.Flags().StringArray("deletions", nil, "`file` or directory with a journal of deletions")
	anyway := c.Flags().Bool("without-deletions", false, "go on although deletions after the backup may be unknown")
	c.RunE = func(c *cobra.Command, args []string) error {
		beside := args[0]
		if !backup.IsDirectory(beside) {
			beside = filepath.Dir(beside)
		}
		files, err := backup.JournalFiles(append(*journals, beside))
		if err != nil {
			return err
		}
		ctx, stop := untilStopped(c)
		defer stop()
		cfg, f, secret, err := opened(ctx, args[0])
		if err != nil {
			return err
		}
		defer f.Close()
		line := p.progressLine()
		res, err := server.RestoreBackup(ctx, cfg, f, secret, files, *anyway,
			func(n int64) { line.showBackup(backup.StepVerify, n, 0) })
		line.done()
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(p.out, res)
		}
		_, err = fmt.Fprintf(p.out, "The box is in the state of the backup, and all log-ins have ended.\n%sDeletions are known until %s; %d things that had been "+
			"deleted since were deleted again.\nPasswords, roles and second factors are those of the backup; whoever was deactivated since stays so, and recovery "+
			"codes that were used since stay used.\nThe state before is kept in the data directory, in before-restore-*, until it is removed; "+
			"harmonium backup undo-restore goes back to it.\n",
			sayReport(res.Report), res.Until.Format("2006-01-02 15:04:05 MST"), res.Deleted)
		return err
	}
	return c
}
