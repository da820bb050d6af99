package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"sync/atomic"

	"github.com/countersign/countersign/bench/load"
)

const (
	pathDisabled = "/v1/users?two_factor=disabled"
	pathPreview  = "/v1/policy/preview?mandatory=true"
)

func (c *client) list(conn *load.Conn) (int, error) {
	status, _, err := c.get(conn, pathDisabled)
	return status, err
}

// listDeep takes the pages of the list's second half in no order.
func (c *client) listDeep() load.Work {
	var taken atomic.Int64
	return func(conn *load.Conn) (int, error) {
		n := taken.Add(1) * 7919 % int64(len(c.cursors)) // a prime, so that all are taken
		status, _, err := c.get(conn, pathDisabled+"&cursor="+url.QueryEscape(c.cursors[n]))
		return status, err
	}
}

// walk goes through the whole list once and keeps the cursors of its second half.
func (c *client) walk(address string) error {
	if c.cursors != nil {
		return nil
	}
	conn, err := load.Dial(address)
	if err != nil {
		return err
	}
	defer conn.Close()
	var all []string
	for path := pathDisabled + "&limit=200"; path != ""; {
		next, err := c.nextPage(conn, path)
		if err != nil {
			return fmt.Errorf("walk the list of users: %w", err)
		}
		if path = ""; next != "" {
			all = append(all, next)
			path = pathDisabled + "&limit=200&cursor=" + url.QueryEscape(next)
		}
	}
	c.cursors = all[len(all)/2:]
	return nil
}

func (c *client) nextPage(conn *load.Conn, path string) (cursor string, err error) {
	status, body, err := c.get(conn, path)
	if err != nil {
		return "", err
	}
	if status != http.StatusOK {
		return "", fmt.Errorf("the answer is %d: %s", status, body)
	}
	var page struct {
		Next string `json:"next_cursor"`
	}
	err = json.Unmarshal(body, &page)
	return page.Next, err
}

func (c *client) listPrefix(conn *load.Conn) (int, error) {
	status, _, err := c.get(conn, "/v1/users?q="+c.people.Prefix())
	return status, err
}

// listLetter is what a search shows of those without a factor when the first letter has been typed.
func (c *client) listLetter(conn *load.Conn) (int, error) {
	status, _, err := c.get(conn, pathDisabled+"&q="+c.people.Prefix()[:1])
	return status, err
}

func (c *client) preview(conn *load.Conn) (int, error) {
	status, _, err := c.get(conn, pathPreview)
	return status, err
}
