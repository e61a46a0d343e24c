package appliance

import "time"

// Job is a piece of background work that survives restarts.
type Job struct {
	ID             JobID
	Kind           JobKind
	SessionID      SessionID
	ConversationID ConversationID // "" for work on a whole session
	State          JobState
	Attempts       int
	Done, Total    int    // progress in steps; Total 0 when not known yet
	Message        string // why it failed, for people; "" otherwise
	RunAt          time.Time
	CreatedAt      time.Time
	FinishedAt     time.Time // zero until it ended
}

// JobKind says what a job does.
type JobKind string

// The kinds of jobs.
const (
	JobDigest     JobKind = "digest"     // draws the claims of one conversation
	JobReport     JobKind = "report"     // writes the report of one session
	JobRead       JobKind = "read"       // has a model draw the claims of one session anew and write its report
	JobIdeas      JobKind = "ideas"      // groups the claims of one session into ideas that can be offered to others
	JobEmbed      JobKind = "embed"      // has an embedder turn the conversations of one session into vectors
	JobRehearse   JobKind = "rehearse"   // has simulated participants talk in one session
	JobInsights   JobKind = "insights"   // puts the insight questions of a session to its conversations, or to one of them
	JobDecode     JobKind = "decode"     // turns a file that was sent up into the sound of a meeting
	JobTranscribe JobKind = "transcribe" // has the sound of one meeting written down
	JobErase      JobKind = "erase"      // deletes what was begun to be erased
	JobScrub      JobKind = "scrub"      // wipes what was deleted from the files of the database
)

// JobState is where a job stands.
type JobState string

// The states of a job.
const (
	JobQueued    JobState = "queued"
	JobRunning   JobState = "running"
	JobDone      JobState = "done"
	JobFailed    JobState = "failed"
	JobCancelled JobState = "cancelled"
)
