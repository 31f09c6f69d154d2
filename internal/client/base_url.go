package client

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

const (
	// cloudDomain is the domain below which every team lives: https://<team>.<cluster>.celonis.cloud.
	// Source: developer.celonis.com/celonis-apis/auth, "OAuth Endpoints".
	cloudDomain = "celonis.cloud"

	// tokenPath is where a team's token endpoint is. Source: the same page.
	tokenPath = "/oauth2/token"
)

// ParseBaseURL reads the address of a team and returns its origin, without a trailing slash. It accepts what people
// paste: no scheme (https is meant), capital letters, a path or a deep link. Plain http is accepted for loopback hosts
// alone. The errors quote no more of the input than its host: the rest may hold a password.
func ParseBaseURL(raw string) (string, error) {
	address, err := parseAddress(raw)
	if err != nil {
		return "", err
	}

	return origin(address), nil
}

// ParseTokenURL reads the address of a token endpoint by the rules of [ParseBaseURL] but keeps the path; without a path,
// the documented one is meant.
func ParseTokenURL(raw string) (string, error) {
	address, err := parseAddress(raw)
	if err != nil {
		return "", err
	}

	if address.RawQuery != "" {
		return "", errors.New("the URL has a query: leave everything from the question mark on out")
	}

	path := address.EscapedPath()
	if path == "" || path == "/" {
		path = tokenPath
	}

	return origin(address) + path, nil
}

// BaseURL returns the address of a team from its name and its cluster, the first two labels of its host name.
func BaseURL(team, cluster string) (string, error) {
	for _, label := range []struct{ name, value string }{{"team", team}, {"cluster", cluster}} {
		if !isHostLabel(label.value) {
			return "", fmt.Errorf("the %s %q is not one label of a host name: in https://acme.eu-1.celonis.cloud, "+
				"the team is acme and the cluster is eu-1", label.name, label.value)
		}
	}

	return fmt.Sprintf("https://%s.%s.%s", strings.ToLower(team), strings.ToLower(cluster), cloudDomain), nil
}

// SplitBaseURL returns the team and the cluster that a team's address names, and the address in its plain form.
func SplitBaseURL(raw string) (team, cluster, baseURL string, err error) {
	baseURL, err = ParseBaseURL(raw)
	if err != nil {
		return "", "", "", err
	}

	labels := strings.Split(strings.TrimPrefix(baseURL, "https://"), ".")
	if len(labels) != 4 || strings.Join(labels[2:], ".") != cloudDomain || !isHostLabel(labels[0]) || !isHostLabel(labels[1]) {
		return "", "", "", fmt.Errorf("%s is not of the form https://<team>.<cluster>.%s", baseURL, cloudDomain)
	}

	return labels[0], labels[1], baseURL, nil
}

func isHostLabel(label string) bool {
	return len(label) <= 63 && regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`).MatchString(label)
}

func parseAddress(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(raw)
	if raw == "" {
		return nil, errors.New("the URL is empty")
	}

	if !regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`).MatchString(raw) {
		raw = "https://" + raw
	}

	address, err := url.Parse(raw)
	if err != nil {
		// The error of url.Parse quotes the whole text.
		return nil, errors.New("it is not a valid URL: it should look like https://<team>.<cluster>.celonis.cloud")
	}

	address.Scheme = strings.ToLower(address.Scheme)
	address.Host = strings.ToLower(address.Host)

	if err := checkAddress(address); err != nil {
		return nil, err
	}

	return address, nil
}

func checkAddress(address *url.URL) error {
	host := address.Hostname()

	switch {
	case address.User != nil:
		return errors.New("the URL holds user information before an @ sign: credentials have attributes of their own")
	case address.Scheme != "https" && address.Scheme != "http":
		return fmt.Errorf("the scheme %q is not supported: use https", address.Scheme)
	case host == "":
		return errors.New("the URL has no host: it should look like https://<team>.<cluster>.celonis.cloud")
	case !isHost(host):
		return fmt.Errorf("%q is not a host name", host)
	case address.Scheme == "http" && !isLoopback(host):
		return fmt.Errorf("plain http would send credentials unencrypted to %s: use https", host)
	}

	return nil
}

func isHost(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}

	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		// Internal host names hold underscores now and then.
		if !isHostLabel(strings.ReplaceAll(label, "_", "x")) {
			return false
		}
	}

	return true
}

func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}

	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// origin returns scheme, host and port of address, without the port that the scheme implies.
func origin(address *url.URL) string {
	host := strings.TrimSuffix(address.Hostname(), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}

	port := address.Port()
	if port != "" && (address.Scheme != "https" || port != "443") && (address.Scheme != "http" || port != "80") {
		host += ":" + port
	}

	return strings.ToLower(address.Scheme) + "://" + strings.ToLower(host)
}
