//! The describer that asks a language model, against a server on the loopback that also misbehaves.
#![cfg(feature = "llm")]

use kinecho::text::llm::{AnswerCache, LlmDescriber, LlmError, LlmSettings, Template};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What the server does with one request.
#[derive(Clone)]
enum Act {
    Status(u16, &'static str),
    /// The text of the answer, as a whole reply.
    Say(String),
    /// A reply that is cut off after this many bytes although its length was announced.
    Cut(String, usize),
    Raw(&'static str),
    Silence(Duration),
}

struct Server {
    url: String,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
}

fn respond(mut stream: TcpStream, act: &Act, seen: &Mutex<Vec<(String, Value)>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(n) = line.to_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().unwrap();
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    seen.lock().unwrap().push((head, serde_json::from_slice(&body).unwrap()));
    let send = |stream: &mut TcpStream, status: u16, extra: &str, body: &str, upto: usize| {
        let head = format!(
            "HTTP/1.1 {status} Whatever\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{extra}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(&body.as_bytes()[..upto.min(body.len())])
    };
    let reply =
        |content: &str| json!({"choices": [{"message": {"role": "assistant", "content": content}}]}).to_string();
    match act {
        Act::Status(status, extra) => send(&mut stream, *status, extra, "{\"error\": \"no\"}", 99),
        Act::Say(content) => send(&mut stream, 200, "", &reply(content), usize::MAX),
        Act::Cut(content, upto) => send(&mut stream, 200, "", &reply(content), *upto),
        Act::Raw(body) => send(&mut stream, 200, "", body, usize::MAX),
        Act::Silence(time) => {
            std::thread::sleep(*time);
            Ok(())
        }
    }
}

/// Answers the n-th request with the n-th act, and every further one with the last.
fn server(acts: Vec<Act>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for (i, stream) in listener.incoming().enumerate() {
            let act = acts[i.min(acts.len() - 1)].clone();
            let kept = Arc::clone(&kept);
            // A client that has given up closes the connection: nothing to answer then.
            std::thread::spawn(move || stream.map(|s| respond(s, &act, &kept)));
        }
    });
    Server { url, seen }
}

fn good(general: &str) -> String {
    json!({
        "general": general,
        "torso": "The torso turns to the side and back.",
        "arms": "One arm swings fast from behind over the head to the front.",
        "legs": "One leg steps forward while the other stays behind.",
        "location": "The body moves one step forward."
    })
    .to_string()
}

fn describer(url: &str, cache: &Path) -> LlmDescriber {
    let settings = LlmSettings {
        key: Some("secret".into()),
        timeout: Duration::from_millis(700),
        retries: 2,
        backoff: Duration::from_millis(5),
        ..LlmSettings::new(url, "tiny")
    };
    LlmDescriber::new(settings, Template::builtin().unwrap(), AnswerCache::new(cache)).unwrap()
}

fn requests(server: &Server) -> usize {
    server.seen.lock().unwrap().len()
}

#[test]
fn an_answer_is_asked_for_once_and_may_be_edited() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(vec![Act::Say(good("A person throws a spear."))]);
    let describer = describer(&server.url, dir.path());
    let first = describer.describe("javelin  throw").unwrap();
    assert_eq!((first.label.as_str(), first.text[0].as_str()), ("javelin throw", "A person throws a spear."));
    {
        let seen = server.seen.lock().unwrap();
        let (head, body) = &seen[0];
        assert!(head.starts_with("POST /v1/chat/completions "), "{head}");
        assert!(head.to_lowercase().contains("authorization: bearer secret"), "{head}");
        assert_eq!(body["model"], "tiny");
        let messages = body["messages"].as_array().unwrap();
        assert_eq!(messages[0]["role"], "system");
        // Nothing that a newer server could refuse.
        assert_eq!(body.as_object().unwrap().keys().collect::<Vec<_>>(), ["messages", "model"]);
        assert_eq!(messages.last().unwrap()["content"], "Label: javelin throw");
    }
    // Written the same way or another, the label has its answer now.
    assert_eq!(describer.describe("Javelin-Throw").unwrap().text, first.text);
    assert_eq!(requests(&server), 1);
    let path = AnswerCache::new(dir.path()).path("javelin throw");
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept.contains("author: tiny") && !kept.contains("secret"), "{kept}");
    std::fs::write(&path, kept.replace("A person throws a spear.", "A person hurls a javelin.")).unwrap();
    assert_eq!(describer.describe("javelin throw").unwrap().text[0], "A person hurls a javelin.");
    std::fs::write(&path, "label: javelin throw\ngeneral: x\n").unwrap();
    let message = describer.describe("javelin throw").unwrap_err().to_string();
    assert!(message.contains("javelin_throw-") && message.contains("mend the file"), "{message}");
    assert_eq!(requests(&server), 1);
}

#[test]
fn faults_that_may_pass_are_tried_again() {
    let fine = Act::Say(good("A person bowls."));
    for fault in [
        Act::Status(500, ""),
        Act::Status(503, ""),
        Act::Status(429, ""),
        Act::Raw("{\"choices\": []}"),
        Act::Raw("<html>busy</html>"),
        Act::Say("I cannot.".into()),
        Act::Say(good("A person bowls.").replace("\"legs\"", "\"feet\"")),
        Act::Say(good("A person bowls.")[..50].into()),
        Act::Cut(good("A person bowls."), 80),
        Act::Silence(Duration::from_millis(1500)),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let server = server(vec![fault, fine.clone()]);
        let text = describer(&server.url, dir.path()).describe("bowling").unwrap().text;
        assert_eq!(text[0], "A person bowls.");
        assert_eq!(requests(&server), 2);
    }
}

#[test]
fn a_server_that_says_when_is_not_asked_before() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(vec![Act::Status(429, "retry-after: 1\r\n"), Act::Say(good("A person bowls."))]);
    let since = Instant::now();
    describer(&server.url, dir.path()).describe("bowling").unwrap();
    assert!(since.elapsed() >= Duration::from_secs(1));
}

/// A long wait is kept to, not cut short; one that is longer than allowed ends it at once and says when to come back.
#[test]
fn a_long_wait_is_kept_to_or_refused_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(vec![Act::Status(429, "retry-after: 86400\r\n"), Act::Say(good("A person bowls."))]);
    let since = Instant::now();
    let error = describer(&server.url, dir.path()).describe("bowling").unwrap_err();
    assert!(matches!(error, LlmError::Later { seconds: 86400, longest_s: 3600, .. }), "{error}");
    assert!(since.elapsed() < Duration::from_secs(5) && requests(&server) == 1);
}

#[test]
fn a_server_that_never_answers_well_is_given_up_and_nothing_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(vec![Act::Status(500, ""), Act::Say("no".into()), Act::Status(502, "")]);
    let error = describer(&server.url, dir.path()).describe("bowling").unwrap_err();
    assert!(matches!(error, LlmError::GaveUp { attempts: 3, .. }), "{error}");
    let message = error.to_string();
    assert!(message.contains("500") && message.contains("no JSON object") && message.contains("502"), "{message}");
    assert!(!AnswerCache::new(dir.path()).path("bowling").exists());
}

#[test]
fn a_refusal_is_final() {
    let dir = tempfile::tempdir().unwrap();
    let server = server(vec![Act::Status(401, "")]);
    let error = describer(&server.url, dir.path()).describe("bowling").unwrap_err();
    assert!(matches!(&error, LlmError::Refused { problem, .. } if problem.contains("401")), "{error}");
    assert_eq!(requests(&server), 1);
}

#[test]
fn nobody_there_and_impossible_settings_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message = describer(&format!("http://{free}/v1"), dir.path()).describe("bowling").unwrap_err().to_string();
    assert!(message.contains("3 attempts") && message.contains("rules"), "{message}");
    let new = |settings| {
        let made = LlmDescriber::new(settings, Template::builtin().unwrap(), AnswerCache::new(dir.path()));
        made.map(|_| ()).unwrap_err().to_string()
    };
    assert!(new(LlmSettings::new("localhost:80", "m")).contains("http://"));
    assert!(new(LlmSettings::new("http://localhost", " ")).contains("model is empty"));
    let server = server(vec![Act::Status(500, "")]);
    assert!(describer(&server.url, dir.path()).describe("  42 ").unwrap_err().to_string().contains("holds no words"));
    assert_eq!(requests(&server), 0);
}
