// Go's own reader of transparency logs (golang.org/x/mod/sumdb) behind one line of words a question.
// It answers each with one line: yes or no, or hashes in hexadecimal.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var stored []tlog.Hash // of the tree that "add" grows

func read(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for at, index := range indexes {
		found[at] = stored[index]
	}
	return found, nil
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	for size := int64(0); in.Scan(); {
		words := strings.Split(in.Text(), " ")
		if words[0] == "add" {
			more, err := tlog.StoredHashes(size, raw(words[1]), tlog.HashReaderFunc(read))
			stored = append(stored, more...)
			size++
			fmt.Println(verdict(err))
		} else {
			fmt.Println(answer(words))
		}
	}
}

func answer(words []string) string {
	reader := tlog.HashReaderFunc(read)
	switch words[0] {
	case "root":
		root, err := tlog.TreeHash(number(words[1]), reader)
		return told([]tlog.Hash{root}, err)
	case "prove-inclusion":
		return told(tlog.ProveRecord(number(words[2]), number(words[1]), reader))
	case "prove-consistency":
		return told(tlog.ProveTree(number(words[2]), number(words[1]), reader))
	case "address":
		return strings.TrimPrefix(tile(words[1:]).Path(), "tile/8/")
	case "tile":
		data, err := tlog.ReadTileData(tile(words[1:]), reader)
		if err != nil {
			return verdict(err)
		}
		return hex.EncodeToString(data)
	case "inclusion":
		proof, root, leaf := hashes(words[5]), hashes(words[4])[0], hashes(words[3])[0]
		return verdict(tlog.CheckRecord(proof, number(words[2]), root, number(words[1]), leaf))
	case "consistency":
		proof, first, second := hashes(words[5]), hashes(words[3])[0], hashes(words[4])[0]
		return verdict(tlog.CheckTree(proof, number(words[2]), second, number(words[1]), first))
	case "note":
		key, err := note.NewVerifier(words[1])
		if err == nil {
			_, err = note.Open(raw(words[2]), note.VerifierList(key))
		}
		return verdict(err)
	case "sign":
		key, err := note.NewSigner(words[1])
		if err != nil {
			return verdict(err)
		}
		signed, _ := note.Sign(&note.Note{Text: string(raw(words[2]))}, key)
		return hex.EncodeToString(signed)
	}
	return "no such question"
}

func tile(words []string) tlog.Tile {
	return tlog.Tile{H: 8, L: int(number(words[0])), N: number(words[1]), W: int(number(words[2]))}
}

func verdict(err error) string {
	if err != nil {
		return "no"
	}
	return "yes"
}

func told(found []tlog.Hash, err error) string {
	if err != nil {
		return verdict(err)
	}
	words := ""
	for _, each := range found {
		words += hex.EncodeToString(each[:])
	}
	return words
}

func hashes(word string) []tlog.Hash {
	all := raw(word)
	found := make([]tlog.Hash, len(all)/tlog.HashSize)
	for at := range found {
		copy(found[at][:], all[at*tlog.HashSize:])
	}
	return found
}

func raw(word string) []byte {
	found, err := hex.DecodeString(word)
	if err != nil {
		panic(err)
	}
	return found
}

func number(word string) int64 {
	found, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return found
}
