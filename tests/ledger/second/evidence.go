// A verifier of a badge's place in its log, written from docs/log-format.md alone, with Go's own readers of notes and
// proofs (golang.org/x/mod/sumdb). One JSON case a line in: the badge and the log's key. One verdict a line out.
package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Badge badge
	Key   string
}

type badge struct {
	ID                string
	ValidFrom         time.Time
	ValidUntil        *time.Time
	Issuer            struct{ URL string }
	CredentialSubject struct {
		ID                string
		Achievement       struct{ ID string }
		ActivityStartDate *time.Time
		ActivityEndDate   *time.Time
	}
	Evidence []struct{ ID, Genre, Narrative string }
	Proof    struct{ Created *time.Time }
}

type opening struct {
	Type, Stream, Topic string
	Version             uint32
	Recorded            int64
	Commitments         []string
	Parts               map[string]struct{ Salt, Content string }
}

type binding struct {
	Credential, Member, Kind, Achievement, Rule string
	RuleVersion                                 int    `json:"rule_version"`
	RuleHash                                    string `json:"rule_hash"`
	CharterVersion                              int    `json:"charter_version"`
	Earned                                      int64
	Expires                                     *int64
	EvidenceRoot                                string `json:"evidence_root"`
	EvidenceCount                               int    `json:"evidence_count"`
	Follows                                     string
}

var pages = map[string]string{"badge": "/badges/", "level": "/levels/", "role": "/roles/"}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		var asked question
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			panic(err)
		}
		position, err := verify(asked.Badge, asked.Key)
		if err != nil {
			fmt.Println("no")
			fmt.Fprintln(os.Stderr, err)
		} else {
			fmt.Println("yes", position)
		}
	}
}

func verify(shown badge, key string) (int64, error) {
	text, err := narrative(shown, "c2sp.org/tlog-proof@v1")
	if err != nil {
		return 0, err
	}
	proof, signed, found := strings.Cut(text, "\n\n")
	lines := strings.Split(proof, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, errors.New("no proof")
	}
	extra, err := after(lines[1], "extra ")
	if err != nil {
		return 0, err
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil {
		return 0, err
	}
	opened, leaf, err := read(raw)
	if err != nil {
		return 0, err
	}
	if err := bound(shown, opened); err != nil {
		return 0, err
	}
	place, err := after(lines[2], "index ")
	if err != nil {
		return 0, err
	}
	index, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return 0, err
	}
	community := shown.Issuer.URL[strings.LastIndex(shown.Issuer.URL, "/")+1:]
	if !strings.HasSuffix(strings.Split(signed, "\n")[0], "/communities/"+community+"/log") {
		return 0, errors.New("the log of another community")
	}
	return index + 1, included(index, leaf, lines[3:], signed, key)
}

// included checks the signed head by Go's notes, and the path to its root by Go's own proofs.
func included(index int64, leaf []byte, path []string, signed, key string) error {
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return err
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return err
	}
	head := strings.Split(opened.Text, "\n")
	if len(head) < 4 || head[0] != verifier.Name() {
		return errors.New("another log")
	}
	size, err := strconv.ParseInt(head[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := tlog.ParseHash(head[2])
	if err != nil {
		return err
	}
	hashes := make(tlog.RecordProof, len(path))
	for at, each := range path {
		if hashes[at], err = tlog.ParseHash(each); err != nil {
			return err
		}
	}
	return tlog.CheckRecord(hashes, size, root, index, tlog.RecordHash(leaf))
}

// read returns an opening and the leaf that it leads to; its first part is what its commitment stands for.
func read(raw []byte) (opening, []byte, error) {
	var found opening
	if err := json.Unmarshal(raw, &found); err != nil {
		return found, nil, err
	}
	part, there := found.Parts["1"]
	if found.Type != "guildbook.opening.1" || found.Topic != "award.issued.v1" || !there || len(found.Commitments) < 2 {
		return found, nil, errors.New("no opening of an award")
	}
	salt, err := bytesOf(part.Salt, 16)
	if err != nil {
		return found, nil, err
	}
	stream, err := bytesOf(found.Stream, 16)
	if err != nil {
		return found, nil, err
	}
	body := bytes.NewBufferString("guildbook.fact.1")
	body.Write(stream)
	binary.Write(body, binary.BigEndian, found.Version)
	binary.Write(body, binary.BigEndian, found.Recorded)
	binary.Write(body, binary.BigEndian, uint16(len(found.Topic)))
	body.WriteString(found.Topic)
	binary.Write(body, binary.BigEndian, uint16(len(found.Commitments)-1))
	for number, each := range found.Commitments {
		commitment, err := bytesOf(each, sha256.Size)
		if err != nil {
			return found, nil, err
		}
		if sum := sha256.Sum256(append(salt, part.Content...)); number == 1 && !bytes.Equal(sum[:], commitment) {
			return found, nil, errors.New("another part than was committed to")
		}
		body.Write(commitment)
	}
	leaf := sha256.Sum256(body.Bytes())
	return found, leaf[:], nil
}

// bound holds what the badge says against what was recorded.
func bound(shown badge, opened opening) error {
	var said binding
	if err := json.Unmarshal([]byte(opened.Parts["1"].Content), &said); err != nil {
		return err
	}
	practice, err := narrative(shown, "org.guildbook.rule/v1")
	if err != nil {
		return err
	}
	wanted := strings.Join([]string{
		fmt.Sprintf("rule: %s@%d", said.Rule, said.RuleVersion),
		"rule-hash: sha256:" + strings.TrimPrefix(said.RuleHash, "sha256:"),
		fmt.Sprintf("charter: %d", said.CharterVersion),
		"earned: " + seconds(said.Earned).Format("2006-01-02T15:04:05Z"),
		"evidence-root: sha256:" + said.EvidenceRoot,
		fmt.Sprintf("evidence-count: %d", said.EvidenceCount),
	}, "\n")
	at := strings.LastIndex(shown.Issuer.URL, "/c/")
	if at < 0 {
		return errors.New("no community")
	}
	base, home := shown.Issuer.URL[:at], shown.Issuer.URL
	subject, follows := shown.CredentialSubject, ""
	for _, each := range shown.Evidence {
		if each.Genre == "org.guildbook.renewal/v1" {
			follows += strings.TrimPrefix(each.ID, base+"/credentials/")
		}
	}
	switch {
	case pages[said.Kind] == "", len(said.EvidenceRoot) != hex.EncodedLen(sha256.Size):
		return errors.New("no badge")
	case practice != wanted:
		return errors.New("other practice")
	case shown.ID != base+"/credentials/"+said.Credential:
		return errors.New("another credential")
	case shown.CredentialSubject.ID != home+"/m/"+said.Member:
		return errors.New("another member")
	case shown.CredentialSubject.Achievement.ID != home+pages[said.Kind]+url.PathEscape(said.Achievement):
		return errors.New("another achievement")
	case (said.Expires == nil) != (shown.ValidUntil == nil):
		return errors.New("another end")
	case said.Expires != nil && !seconds(*said.Expires).Equal(*shown.ValidUntil):
		return errors.New("another end")
	case follows != said.Follows:
		return errors.New("another one before")
	case subject.ActivityStartDate != nil && !seconds(said.Earned).Equal(*subject.ActivityStartDate):
		return errors.New("another beginning")
	case subject.ActivityEndDate != nil && (said.Expires == nil || !seconds(*said.Expires).Equal(*subject.ActivityEndDate)):
		return errors.New("another end")
	case shown.ValidFrom.Before(seconds(opened.Recorded)):
		return errors.New("recorded after it was valid")
	case shown.Proof.Created != nil && shown.Proof.Created.Before(seconds(opened.Recorded)):
		return errors.New("recorded after it was signed")
	}
	return nil
}

func narrative(shown badge, genre string) (string, error) {
	found := []string{}
	for _, each := range shown.Evidence {
		if each.Genre == genre {
			found = append(found, each.Narrative)
		}
	}
	if len(found) != 1 {
		return "", fmt.Errorf("wanted one evidence of %s, got %d", genre, len(found))
	}
	return found[0], nil
}

func after(line, prefix string) (string, error) {
	if !strings.HasPrefix(line, prefix) {
		return "", fmt.Errorf("wanted %q, got %q", prefix, line)
	}
	return line[len(prefix):], nil
}

func bytesOf(text string, size int) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err == nil && len(raw) != size {
		err = fmt.Errorf("wanted %d bytes, got %d", size, len(raw))
	}
	return raw, err
}

func seconds(micros int64) time.Time {
	return time.Unix(micros/1_000_000, 0).UTC()
}
