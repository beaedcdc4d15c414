"""Takes the steps of jar-steps.ts with one library and one cookie jar, and prints what was answered."""

import http.cookiejar
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

TIMEOUT = 30


def with_urllib():
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def send(method, url, headers, body):
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        try:
            with opener.open(request, timeout=TIMEOUT) as reply:
                return reply.status, reply.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    return send


def with_requests():
    import requests

    session = requests.Session()

    def send(method, url, headers, body):
        reply = session.request(method, url, headers=headers, data=body, timeout=TIMEOUT)
        return reply.status_code, reply.text

    return send


def with_httpx():
    import httpx

    client = httpx.Client(timeout=TIMEOUT)

    def send(method, url, headers, body):
        reply = client.request(method, url, headers=headers, content=body)
        return reply.status_code, reply.text

    return send


def main(library, task):
    send = {"urllib": with_urllib, "requests": with_requests, "httpx": with_httpx}[library]()
    refresh_token = ""
    answers = []
    for step in task["steps"]:
        method, path = step["route"].split(" ")
        headers = dict(step.get("headers", {}))
        members = {
            name: refresh_token if value == "$refresh_token" else value
            for name, value in (step.get("json") or step.get("form") or {}).items()
        }
        body = None
        if "json" in step:
            headers["Content-Type"] = "application/json"
            body = json.dumps(members).encode()
        elif "form" in step:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(members).encode()
        status, text = send(method, task["url"] + path, headers, body)
        refresh_token = json.loads(text).get("refresh_token", refresh_token)
        answers.append({"status": status, "body": text})
    print(json.dumps(answers))


main(sys.argv[1], json.loads(sys.argv[2]))
