package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/control"
	"harmonium/appliance/lan"
	"harmonium/appliance/store"
)

// Command is the name of something that the command line can ask for.
type Command string

// The commands, with the types of what goes in and what comes out.
const (
	CommandUserAdd    Command = "user add"    // NewUser, User
	CommandUserList   Command = "user list"   // None, []User
	CommandUserPasswd Command = "user passwd" // NewPassword, None
	CommandUserFactor Command = "user factor" // UserName, None
	CommandUserOff    Command = "user off"    // OldUser, User
	CommandUserOn     Command = "user on"     // UserName, User
	CommandKeyCreate  Command = "key create"  // NewKey, Key
	CommandKeyList    Command = "key list"    // None, []Key
	CommandKeyRevoke  Command = "key revoke"  // OldKey, None
	CommandDoctor     Command = "doctor"      // None, []appliance.Finding
	CommandModelState Command = "model state" // None, ModelState
	CommandModelLook  Command = "model look"  // None, None

	CommandAttest      Command = "attest"       // None, privacy.Signed
	CommandAuditVerify Command = "audit verify" // None, AuditCheck
	CommandOutLook     Command = "out look"     // None, None

	CommandReceiptList  Command = "receipt list"  // None, ReceiptList
	CommandReceiptGet   Command = "receipt get"   // appliance.ReceiptID, privacy.SignedReceipt
	CommandReceiptCheck Command = "receipt check" // []appliance.Erased, the same: what is still there

	CommandPing          Command = "ping"           // None, None
	CommandBackupJournal Command = "backup journal" // None, JournalFile
	CommandBackupNaming  Command = "backup naming"  // None, []byte
	CommandBackupPlan    Command = "backup plan"    // None, BackupPlan
	CommandBackupNote    Command = "backup note"    // BackupNote, None
	CommandBackupSetPlan Command = "backup set"     // backup.Plan, BackupPlan
	CommandBackupUndo    Command = "backup undo"    // None, backup.Undone
	CommandSupport       Command = "support"        // None, []byte

	CommandSessionExport Command = "session export" // SessionExport, SessionFile
	CommandSessionImport Command = "session import" // SessionImport, SessionImported

	CommandCapacity      Command = "capacity"       // None, Capacity
	CommandCapacityStart Command = "capacity start" // CapacityStart, Capacity
	CommandCapacityStop  Command = "capacity stop"  // None, None

	CommandClock       Command = "clock"        // None, Times
	CommandClockFollow Command = "clock follow" // None, Times

	CommandNetwork      Command = "network"           // None, Reach
	CommandTLSUse       Command = "tls use"           // lan.Choice, Reach
	CommandTLSAuthority Command = "tls authority"     // None, OwnAuthority
	CommandNewAuthority Command = "tls new-authority" // None, OwnAuthority
)

// runs says what each command does.
var runs = map[Command]func(context.Context, *Admin, json.RawMessage) (any, error){
	CommandUserAdd:    runOf((*Admin).AddUser),
	CommandUserList:   runOf((*Admin).Users),
	CommandUserPasswd: runOf((*Admin).SetPassword),
	CommandUserFactor: runOf((*Admin).RemoveFactor),
	CommandUserOff:    runOf((*Admin).Deactivate),
	CommandUserOn:     runOf((*Admin).Reactivate),
	CommandKeyCreate:  runOf((*Admin).CreateKey),
	CommandKeyList:    runOf((*Admin).Keys),
	CommandKeyRevoke:  runOf((*Admin).RevokeKey),
	CommandDoctor:     runOf((*Admin).Doctor),
	CommandModelState: runOf((*Admin).ModelState),
	CommandModelLook:  runOf((*Admin).LookAtModels),

	CommandAttest:      runOf((*Admin).Attest),
	CommandAuditVerify: runOf((*Admin).VerifyAudit),
	CommandOutLook:     runOf((*Admin).LookAtWays),

	CommandReceiptList:  runOf((*Admin).Receipts),
	CommandReceiptGet:   runOf((*Admin).Receipt),
	CommandReceiptCheck: runOf((*Admin).StillThere),

	CommandPing:          runOf((*Admin).Ping),
	CommandBackupJournal: runOf((*Admin).BackupJournal),
	CommandBackupNaming:  runOf((*Admin).BackupNaming),
	CommandBackupPlan:    runOf((*Admin).BackupPlan),
	CommandBackupNote:    runOf((*Admin).BackupNote),
	CommandBackupSetPlan: runOf((*Admin).SetBackupPlan),
	CommandBackupUndo:    runOf((*Admin).UndoRestore),
	CommandSupport:       runOf((*Admin).Support),

	CommandSessionExport: runOf((*Admin).ExportSession),
	CommandSessionImport: runOf((*Admin).ImportSession),

	CommandCapacity:      runOf((*Admin).Capacity),
	CommandCapacityStart: runOf((*Admin).StartCapacity),
	CommandCapacityStop:  runOf((*Admin).StopCapacity),

	CommandClock:       runOf((*Admin).Times),
	CommandClockFollow: runOf((*Admin).FollowClock),

	CommandNetwork:      runOf((*Admin).Reach),
	CommandTLSUse:       runOf((*Admin).UseCertificate),
	CommandTLSAuthority: runOf((*Admin).Authority),
	CommandNewAuthority: runOf((*Admin).NewAuthority),
}

func runOf[I, O any](run func(*Admin, context.Context, I) (O, error)) func(context.Context, *Admin, json.RawMessage) (any, error) {
	return func(ctx context.Context, a *Admin, raw json.RawMessage) (any, error) {
		var in I
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		if err := d.Decode(&in); err != nil {
			return nil, &appliance.Error{Code: appliance.CodeValidation, Err: err,
				Message: "The command and the server that is running are of different versions. Nothing was changed."}
		}
		return run(a, ctx, in)
	}
}

// run carries out one command.
func (a *Admin) run(ctx context.Context, c Command, raw json.RawMessage) (any, error) {
	run, ok := runs[c]
	if !ok {
		return nil, appliance.Errorf(appliance.CodeNotFound,
			"The server that is running does not know the command %q. Nothing was changed; it is of another version.", c)
	}
	return run(ctx, a, raw)
}

// question is what goes over the control socket, answer what comes back.
type question struct {
	Command Command         `json:"command"`
	Input   json.RawMessage `json:"input"`
}

type answer struct {
	Output json.RawMessage `json:"output,omitempty"`
	Error  *refusal        `json:"error,omitempty"`
}

// refusal is an appliance.Error on its way through the socket. The cause stays in the log of the server.
type refusal struct {
	Code    appliance.Code         `json:"code"`
	Message string                 `json:"message"`
	Fields  []appliance.FieldError `json:"fields,omitempty"`
}

// maxQuestion and maxAnswer bound what is read from the control socket, in bytes.
const (
	maxQuestion = 1 << 20
	maxAnswer   = 64 << 20
)

// commandPath is where commands are posted to on the control socket.
const commandPath = "/command"

// serveCommand answers one question on the control socket.
func (a *Admin) serveCommand(log *slog.Logger) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q question
		var ans answer
		out, err := any(nil), json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q)
		if err == nil {
			out, err = a.run(r.Context(), q.Command, q.Input)
		}
		if err == nil {
			ans.Output, err = json.Marshal(out)
		}
		if err != nil {
			ans.Error = refuse(err)
			noteRefused(log, q.Command, err)
		}
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		json.NewEncoder(w).Encode(ans)
	}
}

// noteRefused writes a refused command to the log, with what the error adds to what the person is told.
func noteRefused(log *slog.Logger, c Command, err error) {
	log = log.With("command", string(c), "code", string(appliance.CodeOf(err)))
	if cause := causeOf(err); cause != nil {
		log = log.With("error", cause)
	}
	log.Info("command refused")
}

func refuse(err error) *refusal {
	var e *appliance.Error
	if !errors.As(err, &e) {
		return &refusal{Code: appliance.CodeInternal, Message: "Something went wrong on the box; its log says what."}
	}
	return &refusal{Code: e.Code, Message: e.Message, Fields: e.Fields}
}

// causeOf gives what an error adds for the log to what the person is told; nil for nothing.
func causeOf(err error) error {
	var e *appliance.Error
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}

// Ask has a command carried out: by the server that runs on the data directory, or, when there is none, by this
// process, which then has the data directory to itself for that long. Output is a pointer to the type that the
// command gives. A command makes no data directory: where there is none, CodeNotFound.
func Ask(ctx context.Context, cfg Config, c Command, input, output any) error {
	if err := checkTexts(input); err != nil {
		return err
	}
	raw, err := json.Marshal(input)
	if err != nil {
		return err
	}
	got, err := askServer(ctx, cfg, c, raw)
	if control.IsAbsent(err) {
		got, err = askHere(ctx, cfg, c, raw)
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(got, output)
}

// checkTexts refuses input with a text that is not UTF-8, which JSON would change in silence.
func checkTexts(input any) error {
	var p appliance.Problems
	v := reflect.ValueOf(input)
	if v.Kind() != reflect.Struct {
		return nil
	}
	for field, value := range v.Fields() {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		texts := []reflect.Value{value}
		if value.Kind() == reflect.Slice {
			texts = texts[:0]
			for _, element := range value.Seq2() {
				texts = append(texts, element)
			}
		}
		if slices.ContainsFunc(texts, func(t reflect.Value) bool { return t.Kind() == reflect.String && !utf8.ValidString(t.String()) }) {
			p.Add(name, "This is not valid text (UTF-8). Please type it again.")
		}
	}
	return p.Err()
}

// askServer asks over the control socket. The error is IsAbsent when there is no server.
func askServer(ctx context.Context, cfg Config, c Command, input json.RawMessage) (json.RawMessage, error) {
	client, done, err := control.Client(cfg.controlDir())
	if err != nil {
		return nil, err
	}
	defer done()
	body, err := json.Marshal(question{Command: c, Input: input})
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control"+commandPath, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := client.Do(r)
	if control.IsAbsent(err) {
		return nil, err
	}
	if errors.Is(err, fs.ErrPermission) {
		return nil, notYours(cfg.Data, err)
	}
	if err != nil {
		return nil, &appliance.Error{Code: appliance.CodeBusy, Err: err, Message: fmt.Sprintf("The server that runs on %s "+
			"did not answer. Whether the command was carried out is not known; look at the log of the server.", cfg.Data)}
	}
	defer res.Body.Close()
	var ans answer
	if err := json.NewDecoder(io.LimitReader(res.Body, maxAnswer)).Decode(&ans); err != nil {
		return nil, fmt.Errorf("read the answer of the server: %w", err)
	}
	if ans.Error != nil {
		return nil, &appliance.Error{Code: ans.Error.Code, Message: ans.Error.Message, Fields: ans.Error.Fields}
	}
	return ans.Output, nil
}

// startPatience is how long a command waits for a server that has the data directory but does not answer yet or any
// more: it is starting or stopping.
const startPatience = 15 * time.Second

// askHere opens the data directory and carries the command out in this process, or has a server do so that has come
// in between.
func askHere(ctx context.Context, cfg Config, c Command, input json.RawMessage) (json.RawMessage, error) {
	patience := time.NewTimer(startPatience)
	defer patience.Stop()
	for {
		st, err := openHere(ctx, cfg)
		if err == nil {
			return runHere(ctx, cfg, st, c, input)
		}
		if !store.InUse(cfg.Data) {
			return nil, err
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-patience.C:
			return nil, err
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if got, err := askServer(ctx, cfg, c, input); !control.IsAbsent(err) {
			return got, err
		}
	}
}

// openHere opens the store of a data directory for a command. It makes no directory: a name with a slip in it should
// not look like a box without accounts.
func openHere(ctx context.Context, cfg Config) (*store.Store, error) {
	if _, err := os.Stat(cfg.Data); errors.Is(err, fs.ErrNotExist) {
		return nil, appliance.Errorf(appliance.CodeNotFound, "There is no data directory %s. Nothing was made. Name the right "+
			"one with --data; a new one is made by the first start of the server.", absolute(cfg.Data))
	}
	if err := becomeOwner(cfg.Data); err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Options{Dir: cfg.Data, Clock: cfg.clock(), BallastBytes: cfg.Ballast})
	return st, offerBackup(cfg.Data, err)
}

// notYours is the error of a command of somebody whom the data directory is closed to.
func notYours(dir string, err error) error {
	return &appliance.Error{Code: appliance.CodeForbidden, Err: err, Message: fmt.Sprintf("You may not look into the data "+
		"directory %s. Nothing was changed. Use the account that runs harmonium, or root (sudo).", absolute(dir))}
}

// absolute gives the path in full, as it helps to see where a relative one leads.
func absolute(path string) string {
	if full, err := filepath.Abs(path); err == nil {
		return full
	}
	return path
}

func runHere(ctx context.Context, cfg Config, st *store.Store, c Command, input json.RawMessage) (json.RawMessage, error) {
	var out any
	passwords, err := auth.NewPasswords(cfg.BcryptCost)
	box, boxErr := cfg.backupBox(st)
	if err = errors.Join(err, boxErr); err == nil {
		keeper := cfg.keeper(slog.New(slog.DiscardHandler))
		a := &Admin{store: st, passwords: passwords, clock: keeper.Now, keeper: keeper, backups: box, network: func(ctx context.Context) (*lan.Network, error) {
			return cfg.network(ctx, st, cfg.Listen, cfg.ListenHTTP)
		}}
		out, err = a.run(ctx, c, input)
	}
	if err := errors.Join(err, st.Close()); err != nil {
		return nil, err
	}
	return json.Marshal(out)
}
