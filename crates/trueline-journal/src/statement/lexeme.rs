//! SQL text as lexemes: squawk's lexer, with two of PostgreSQL's rules that it does not know.
//!
//! An `E'…'` string that goes on after a line break keeps its backslash escapes, and a backslash
//! where a statement would begin makes the rest of its line a psql meta-command.

use squawk_lexer::{LiteralKind, Token, TokenKind, tokenize};

/// A piece of text; together all lexemes are the whole text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub kind: LexemeKind,
    pub start: usize,
    /// Exclusive.
    pub end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LexemeKind {
    /// Blanks, and comments that end.
    Blank,
    /// A name or keyword without quotes.
    Word,
    /// `"name"`.
    Quoted,
    /// `U&"name"`.
    UnicodeQuoted,
    /// Any of the string, bit string and dollar-quoted constants.
    String,
    Number,
    /// `$1`.
    Parameter,
    /// One character of punctuation or of an operator; `..` is one too.
    Symbol,
    /// A psql meta-command: a backslash and the rest of its line.
    Meta,
    /// What the lexer cannot name, and comments that never end.
    Unknown,
}

/// Calls `take` with each lexeme of `text` in turn.
pub(super) fn each(text: &str, mut take: impl FnMut(Lexeme)) {
    let mut lexer = Lexer::default();
    let mut at = 0;
    while at < text.len() {
        at = lexer.run(text, at, &mut take);
    }
}

/// What of the lexemes before matters to the next one.
struct Lexer {
    /// No statement has begun.
    fresh: bool,
    /// An `E'…'` string came before, with only blanks since; whether a line break was among them.
    escaped: Option<bool>,
}

impl Default for Lexer {
    fn default() -> Self {
        Self { fresh: true, escaped: None }
    }
}

impl Lexer {
    /// Reads on from `from` to the end, or to where squawk's lexer must start afresh; returns where.
    fn run(&mut self, text: &str, from: usize, take: &mut impl FnMut(Lexeme)) -> usize {
        let mut start = from;
        for Token { kind, len } in tokenize(&text[from..]) {
            let end = start + len as usize;
            let piece = &text[start..end];
            if self.fresh && piece == "\\" {
                let end = text[start..].find('\n').map_or(text.len(), |line| start + line);
                take(Lexeme { kind: LexemeKind::Meta, start, end });
                return end;
            }
            if self.escaped == Some(true) && is_plain_string(kind) {
                let end = start + escaped_len(&text[start..]);
                take(Lexeme { kind: LexemeKind::String, start, end });
                self.escaped = Some(false);
                return end;
            }
            self.escaped = match kind {
                TokenKind::Literal { kind: LiteralKind::EscStr { .. } } => Some(false),
                TokenKind::Whitespace => self.escaped.map(|line| line || piece.contains(['\n', '\r'])),
                TokenKind::LineComment => self.escaped,
                _ => None,
            };
            let kind = classify(kind);
            if kind != LexemeKind::Blank {
                self.fresh = piece == ";";
            }
            take(Lexeme { kind, start, end });
            start = end;
        }
        start
    }
}

fn is_plain_string(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Literal { kind: LiteralKind::Str { .. } })
}

/// The length of the string that `text` begins with, read with backslash escapes.
fn escaped_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'\\', Some(b'\\' | b'\'')) | (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn classify(kind: TokenKind) -> LexemeKind {
    match kind {
        TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { terminated: true } => {
            LexemeKind::Blank
        }
        TokenKind::Ident => LexemeKind::Word,
        TokenKind::QuotedIdent { uescape: false, .. } => LexemeKind::Quoted,
        TokenKind::QuotedIdent { uescape: true, .. } => LexemeKind::UnicodeQuoted,
        TokenKind::Literal { kind: LiteralKind::Int { .. } | LiteralKind::Numeric { .. } } => {
            LexemeKind::Number
        }
        TokenKind::Literal { .. } => LexemeKind::String,
        TokenKind::PositionalParam { .. } => LexemeKind::Parameter,
        TokenKind::Unknown | TokenKind::Eof | TokenKind::BlockComment { terminated: false } => {
            LexemeKind::Unknown
        }
        _ => LexemeKind::Symbol,
    }
}
