// Package privacy tells the facts that a privacy officer asks for: where data lies, which models read it, who can reach
// it, and which ways out the kernel leaves open. The facts are gathered from the kernel, the files and the database at
// the moment of asking; nothing in them is a promise that could not be looked up. They are given signed by the box
// (Sign), as a text (Facts.Text), and as the sheet that an auditor files (Facts.Sheet).
//
// No content is among the facts: no title, no name of a participant, no word that anybody said.
package privacy

import (
	"time"

	"harmonium/appliance"
	"harmonium/appliance/egress"
)

// Facts is what is true of a box at one moment.
type Facts struct {
	At          time.Time            `json:"at"`
	Program     Program              `json:"program"`
	Kernel      Kernel               `json:"kernel"`
	Units       []Unit               `json:"units"`    // what systemd lets the units of the box do on the network; empty without the package
	Trials      []egress.Trial       `json:"trials"`   // the ways out that were tried at the start
	TriedAt     time.Time            `json:"tried_at"` // when
	Allowed     []egress.Way         `json:"allowed"`  // addresses beside the loopback that an administrator has allowed
	Refused     []egress.Attempt     `json:"refused"`  // what the program tried and was refused, the last first
	Data        []Place              `json:"data"`
	Models      []Model              `json:"models"`
	Accounts    []Account            `json:"accounts"`      // that can log in
	FactorRule  appliance.FactorRule `json:"second_factor"` // whose log-ins must have one
	Hooks       []Hook               `json:"hooks"`
	Serving     []Serving            `json:"serving"`
	Keeping     Keeping              `json:"retention"`
	Holds       []Hold               `json:"holds"` // in force
	Deleted     Deleted              `json:"deleted"`
	Source      bool                 `json:"source"`       // the exact source of the program lies on the box, and everybody who uses it gets it at /source
	LastBackup  *time.Time           `json:"last_backup"`  // whose state it holds; nil: none was made by this box
	BackupCheck *time.Time           `json:"backup_check"` // when it was read back and found whole
	BackupDays  int                  `json:"backup_days"`  // for how many days, at most, backups by the plan hold what was deleted; 0: there is no plan
	Checked     *Check               `json:"checked"`      // the last check of the whole database; nil before the first
}

// Program is the program that runs.
type Program struct {
	Version string    `json:"version"`
	Path    string    `json:"path"`
	SHA256  string    `json:"sha256"` // of its file; "" when it could not be read
	Started time.Time `json:"started"`
}

// Kernel is what the kernel says of the process.
type Kernel struct {
	Interfaces  []string `json:"interfaces"` // of its network
	Sealed      bool     `json:"sealed"`     // its only interface is a loopback
	Network     string   `json:"network"`    // the namespace, as /proc/self/ns/net names it
	Routes      int      `json:"routes"`     // that lead elsewhere than to the loopback
	User        string   `json:"user"`       // its number
	NoNewPrivs  bool     `json:"no_new_privileges"`
	Filtered    bool     `json:"system_calls_filtered"`
	Capability  string   `json:"capabilities"` // that it has, as a hexadecimal number of bits; all 0: none
	Bounding    string   `json:"bounding_set"` // that it could ever get
	ControlUnit string   `json:"control_group"`
}

// Place is where one kind of data lies.
type Place struct {
	Kind  string `json:"kind"` // one of the kinds below
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
	Files int    `json:"files"`
}

// The kinds of data.
const (
	KindDatabase     = "database"     // accounts, sessions, conversations, results
	KindSound        = "sound"        // sound of meetings, and files that are being sent up
	KindCopy         = "copy"         // the database as it was before an update
	KindModels       = "models"       // models; nothing that people said
	KindCertificates = "certificates" // keys of HTTPS
	KindIdentity     = "identity"     // the keys of the box: that of attestations, that of second factors
	KindRefused      = "refused"      // which connections were refused
	KindReserve      = "reserve"      // room that is kept free; empty of data
	KindDeletions    = "deletions"    // which things were deleted: kinds and ids
	KindReplaced     = "replaced"     // the state before a restore, until it is removed
	KindRuntime      = "runtime"      // lock, socket, which time it is
	KindOther        = "other"        // nothing of ours
)

// Model is a model that has read something that is still kept, or could.
type Model struct {
	Name      string `json:"name"`
	Digest    string `json:"digest"`
	Installed bool   `json:"installed"`
	Read      []Read `json:"read"`
}

// Read is one kind of data that a model was given, told by what it has made of it.
type Read struct {
	Made  string    `json:"made"` // guides, turns, digests, claims, ideas, insights, answers, vectors, sound or reports
	Count int       `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Account is somebody who can log in.
type Account struct {
	Email    string         `json:"email"`
	Name     string         `json:"name"`
	Role     appliance.Role `json:"role"`
	Disabled bool           `json:"disabled"`
	Since    time.Time      `json:"since"`
	Factor   bool           `json:"second_factor"` // its log-ins need one
	Keys     int            `json:"keys"`          // its API keys
}

// Check is a check of the whole database.
type Check struct {
	At    time.Time `json:"at"`
	Sound bool      `json:"sound"`
}
