//! Quoting, against the server's own.

use trueline::shadow::Shadow;
use trueline::sql::{Ident, Literal, qualified};

use crate::support::{Scratch, block_on, servers};

/// Texts that look random and are the same in each run (xorshift64*).
fn texts() -> Vec<String> {
    const LETTERS: &[&str] =
        &["a", "Z", "_", "1", "$", " ", "\"", "'", "\\", "ü", "İ", "\n", "-", ".", "z", "q"];
    let mut state = 5_u64;
    let mut roll = |sides: usize| {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        usize::try_from(state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33).unwrap() % sides
    };
    (0..2_000).map(|_| (0..=roll(8)).map(|_| LETTERS[roll(LETTERS.len())]).collect()).collect()
}

#[test]
fn names_and_texts_are_quoted_as_the_server_does() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            let texts = texts();
            let quoted = "SELECT quote_ident(t), quote_literal(t), format('%I.%I', t, t)
                            FROM unnest($1::text[]) WITH ORDINALITY AS u(t, n) ORDER BY n";
            for (text, row) in texts.iter().zip(session.query(quoted, &[&texts]).await.unwrap()) {
                assert_eq!(Ident(text).to_string(), row.get::<_, &str>(0), "{text:?}");
                assert_eq!(Literal(text).to_string(), row.get::<_, &str>(1), "{text:?}");
                assert_eq!(qualified(text, text).to_string(), row.get::<_, &str>(2), "{text:?}");
            }
            // All of this server's keywords; other majors' are quoted too, but are none here.
            let keywords =
                session.query("SELECT word, quote_ident(word) FROM pg_get_keywords()", &[]).await.unwrap();
            assert!(keywords.len() > 400);
            for row in keywords {
                let (word, quoted) = (row.get::<_, &str>(0), row.get::<_, &str>(1));
                let ours = Ident(word).to_string();
                let is_newer = quoted == word && shadow.major() < 18;
                assert!(ours == quoted || is_newer, "{word}: {ours}, the server: {quoted}");
            }
            session.close().await.unwrap();
            shadow.close().await.unwrap();
        });
    }
}
