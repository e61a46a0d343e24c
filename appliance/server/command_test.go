package server_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"harmonium/appliance"
	"harmonium/appliance/auth"
	"harmonium/appliance/server"
)

// What a person got wrong has no cause in the program, and the log does not pretend that it has.
func TestARefusedCommandIsNotedWithoutACauseThatIsNone(t *testing.T) {
	c, text := config(t), newLog()
	c.Log = text
	start(t, c)
	err := server.Ask(t.Context(), c, server.CommandUserPasswd, server.NewPassword{Email: "bob@example.org", Password: "a new long phrase"}, &server.None{})
	if appliance.CodeOf(err) != appliance.CodeNotFound {
		t.Fatal(err)
	}
	text.wait(t, `command refused`)
	if strings.Contains(text.String(), "nil") {
		t.Errorf("the log says: %s", text.String())
	}
}

// Every command does the same through a server that runs and without one.
func TestCommandsWorkWithAndWithoutAServer(t *testing.T) {
	for _, running := range []bool{true, false} {
		name := "no server"
		if running {
			name = "a server runs"
		}
		t.Run(name, func(t *testing.T) {
			c := config(t)
			if running {
				start(t, c)
			}
			ask := func(cmd server.Command, in, out any) error { return server.Ask(t.Context(), c, cmd, in, out) }

			ann := server.NewUser{Email: "Ann@example.org", Name: "Ann", Role: appliance.RoleOwner, Password: "a long password"}
			var made server.User
			if err := ask(server.CommandUserAdd, ann, &made); err != nil {
				t.Fatal(err)
			}
			if err := ask(server.CommandUserAdd, ann, &made); appliance.CodeOf(err) != appliance.CodeConflict {
				t.Errorf("the same address again: %v", err)
			}
			var users []server.User
			if err := ask(server.CommandUserList, server.None{}, &users); err != nil {
				t.Fatal(err)
			}
			if len(users) != 1 || users[0].Email != "Ann@example.org" || users[0].Role != appliance.RoleOwner || users[0].Language != "en" {
				t.Errorf("listed: %+v", users)
			}
			if err := ask(server.CommandUserPasswd, server.NewPassword{Email: "ann@EXAMPLE.org", Password: "another password"}, &server.None{}); err != nil {
				t.Error(err)
			}
			if err := ask(server.CommandUserPasswd, server.NewPassword{Email: "bob@example.org", Password: "another password"}, &server.None{}); appliance.CodeOf(err) != appliance.CodeNotFound {
				t.Errorf("password of nobody: %v", err)
			}
			var user server.User
			if err := ask(server.CommandUserOff, server.OldUser{Email: ann.Email}, &user); appliance.CodeOf(err) != appliance.CodeConflict {
				t.Errorf("the last owner is deactivated: %v", err)
			}
			bea := server.NewUser{Email: "bea@example.org", Name: "Bea", Role: appliance.RoleEditor, Password: "a long password"}
			if err := ask(server.CommandUserAdd, bea, &made); err != nil {
				t.Fatal(err)
			}
			if err := ask(server.CommandUserOff, server.OldUser{Email: bea.Email, To: "nobody@example.org"}, &user); appliance.CodeOf(err) != appliance.CodeNotFound {
				t.Errorf("handed over to nobody: %v", err)
			}
			if err := ask(server.CommandUserOff, server.OldUser{Email: bea.Email, To: ann.Email}, &user); err != nil || !user.Disabled {
				t.Errorf("deactivated: %+v, %v", user, err)
			}
			if err := ask(server.CommandUserOn, server.UserName{Email: bea.Email}, &user); err != nil || user.Disabled {
				t.Errorf("reactivated: %+v, %v", user, err)
			}

			var key server.Key
			in := server.NewKey{Email: "ann@example.org", Name: "reports", Scopes: []appliance.Scope{"sessions:*"}, ExpiresIn: 24 * time.Hour}
			if err := ask(server.CommandKeyCreate, in, &key); err != nil {
				t.Fatal(err)
			}
			if !auth.IsAPIKey(key.Key) || !strings.HasPrefix(key.Key, key.KeyPrefix) || key.ExpiresAt == nil {
				t.Errorf("made: %+v", key)
			}
			var keys []server.Key
			if err := ask(server.CommandKeyList, server.None{}, &keys); err != nil {
				t.Fatal(err)
			}
			key.Key = "" // never again
			if diff := cmp.Diff([]server.Key{key}, keys); diff != "" {
				t.Errorf("listed (-made +listed):\n%s", diff)
			}
			if err := ask(server.CommandKeyRevoke, server.OldKey{Key: key.KeyPrefix}, &server.None{}); err != nil {
				t.Error(err)
			}
			if err := ask(server.CommandKeyRevoke, server.OldKey{Key: string(key.ID)}, &server.None{}); appliance.CodeOf(err) != appliance.CodeNotFound {
				t.Errorf("revoked twice: %v", err)
			}
			if err := ask("user raise", server.None{}, &server.None{}); appliance.CodeOf(err) != appliance.CodeNotFound {
				t.Errorf("unknown command: %v", err)
			}
			if err := ask(server.CommandUserList, map[string]string{"colour": "blue"}, &users); appliance.CodeOf(err) != appliance.CodeValidation {
				t.Errorf("unknown input: %v", err)
			}
		})
	}
}

func TestWrongInputIsRefusedFieldByField(t *testing.T) {
	c := config(t)
	start(t, c)
	err := server.Ask(t.Context(), c, server.CommandUserAdd, server.NewUser{Email: "ann", Name: "", Role: "king", Password: "short"}, &server.User{})
	e, ok := err.(*appliance.Error)
	if !ok || e.Code != appliance.CodeValidation {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, f := range e.Fields {
		fields = append(fields, f.Field)
	}
	if diff := cmp.Diff([]string{"email", "name", "role", "password"}, fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// ASVS 6.2.4: what is tried first is no password, wherever it is set.
func TestPasswordsThatAreEasyToGuessAreRefused(t *testing.T) {
	c := config(t)
	ann := server.NewUser{Email: "ann@mill.example", Name: "Ann Smith", Role: appliance.RoleOwner, Password: "kettle orbit fennel"}
	if err := server.Ask(t.Context(), c, server.CommandUserAdd, ann, &server.User{}); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"password1", "AnnSmith2026"} {
		bob := ann
		bob.Email, bob.Password = "bob@mill.example", password
		for what, err := range map[string]error{
			"user add":    server.Ask(t.Context(), c, server.CommandUserAdd, bob, &server.User{}),
			"user passwd": server.Ask(t.Context(), c, server.CommandUserPasswd, server.NewPassword{Email: ann.Email, Password: password}, &server.None{}),
		} {
			var e *appliance.Error
			if !errors.As(err, &e) || len(e.Fields) != 1 || e.Fields[0].Field != "password" || !strings.Contains(e.Message, "first that are tried") {
				t.Errorf("%s with %s: %v", what, password, err)
			}
		}
	}
}

// A command that comes while a server is starting or stopping waits for it instead of failing.
func TestCommandWaitsForAServerThatIsStopping(t *testing.T) {
	c := config(t)
	_, stop := start(t, c)
	done := make(chan error)
	go func() {
		for range 40 {
			if err := server.Ask(t.Context(), c, server.CommandUserList, server.None{}, new([]server.User)); err != nil &&
				appliance.CodeOf(err) != appliance.CodeBusy {
				done <- err
				return
			}
		}
		done <- nil
	}()
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a command failed: %v", err)
	}
}
