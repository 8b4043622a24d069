use super::*;

fn sqls(text: &str) -> Vec<&str> {
    split(text).into_iter().map(|statement| statement.sql).collect()
}

/// Every byte is in some piece, once, and each piece's parts agree with one another.
fn check_whole(text: &str) {
    let mut at = 0;
    for statement in split(text) {
        assert_eq!(&text[at..statement.offset], statement.leading, "in {text:?}");
        assert!(text[statement.offset..].starts_with(statement.sql), "in {text:?}");
        assert!(!statement.sql.is_empty() && statement.end >= statement.offset + statement.sql.len());
        at = statement.end;
    }
    assert!(tokens(&text[at..]).iter().all(|token| token.is_symbol(";")), "left over: {:?}", &text[at..]);
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(sqls(text), expected, "in {text:?}");
    check_whole(text);
}

#[test]
fn statements_end_at_semicolons() {
    check("select 1; select 2", &["select 1", "select 2"]);
    check("select 1;select 2;", &["select 1", "select 2"]);
    check("", &[]);
    check("  \n -- nothing\n /* at /* all */ */", &[]);
    check(";; ;", &[]);
    check("; select 1 ;; select 2;;", &["select 1", "select 2"]);
}

#[test]
fn blanks_and_comments_around_a_statement_are_not_part_of_it() {
    let text = "-- first\nselect 1 -- why\n ; /* second */\n select /* in */ 2";
    let found = split(text);
    assert_eq!(found[0].leading, "-- first\n");
    assert_eq!((found[0].sql, found[0].offset), ("select 1", 9));
    assert_eq!(&text[..found[0].end], "-- first\nselect 1 -- why\n ;");
    assert_eq!(found[1].leading, " /* second */\n ");
    assert_eq!((found[1].sql, found[1].end), ("select /* in */ 2", text.len()));
}

#[test]
fn semicolons_in_constants_names_and_comments_end_nothing() {
    for inner in [
        "'a;b'",
        "'it''s;'",
        "'back\\'",
        "E'it\\'s;'",
        "E'\\\\'",
        "e'a'';'",
        "U&'d\\0061;'",
        "B'1;'",
        "X'F;'",
        "N'n;'",
        "\"a;b\"",
        "\"a\"\";b\"",
        "U&\"d;\"",
        "$$;$$",
        "$a$ ; $$ ; $a$",
        "$ä$;$ä$",
        "$$ $x$ ; $$",
        "/* ; */ 1",
        "/* /* ; */ ; */ 1",
        "-- ;\n 1",
        "a$b$c",
    ] {
        check(&format!("select {inner}; select 2"), &[&format!("select {inner}"), "select 2"]);
    }
}

#[test]
fn strings_go_on_after_a_line_break_with_their_escapes() {
    check("select E'a' -- on\n 'b\\';c'; select 2", &["select E'a' -- on\n 'b\\';c'", "select 2"]);
    check("select E'a'\n'\\''\n'\\';'; x", &["select E'a'\n'\\''\n'\\';'", "x"]);
    check("select 'a'\n'b\\'; x", &["select 'a'\n'b\\'", "x"]);
    check("select E'a', 'b\\'; x", &["select E'a', 'b\\'", "x"]);
    check("select E'a' 'b\\'; x", &["select E'a' 'b\\'", "x"]);
}

#[test]
fn what_never_ends_is_one_statement() {
    check("a; select 'b; c", &["a", "select 'b; c"]);
    check("a; select \"b; c", &["a", "select \"b; c"]);
    check("a; select $x$b; $y$ c", &["a", "select $x$b; $y$ c"]);
    check("a; b /* c; d", &["a", "b /* c; d"]);
    check("a; /* c; d", &["a", "/* c; d"]);
    check("a; b (c; d", &["a", "b (c; d"]);
    check("a; select E'x\\'; y", &["a", "select E'x\\'; y"]);
    check("select E'x'\n'\\'; y", &["select E'x'\n'\\'; y"]);
    check(
        "create function f() begin atomic select 1; end2; x",
        &["create function f() begin atomic select 1; end2; x"],
    );
}

#[test]
fn parentheses_hold_semicolons() {
    let rule = "create rule r as on insert to t do (insert into a values (1); delete from b)";
    check(&format!("{rule}; x"), &[rule, "x"]);
    check("a); b; (c)", &["a)", "b", "(c)"]);
}

#[test]
fn atomic_bodies_hold_semicolons() {
    for routine in [
        "create function f() returns int begin atomic select 1; select 2; end",
        "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; END",
        "create procedure p() begin /* c */ atomic ; end",
        "create function f() begin atomic select case when a then case b when c then 1 end else 2 end; select 2; end",
        "create function f() begin atomic select 1 as end; select 2 as \"end\", t.case from t; end",
        "create function f() begin atomic select (case when a then 1 end); select (select 1 as end); end",
        "create function f(begin int default 1) returns int begin atomic select 1; end",
        "create function begin() returns int begin atomic select 1; end",
        "create function f() returns int return case when true then 1 end",
    ] {
        check(&format!("a; {routine}; b"), &["a", routine, "b"]);
    }
    check("begin; select 1; end; x", &["begin", "select 1", "end", "x"]);
    check("create table begin (atomic int); x", &["create table begin (atomic int)", "x"]);
    check(
        "create function f() as 'begin atomic'; x; end",
        &["create function f() as 'begin atomic'", "x", "end"],
    );
    check(
        "create view v as select 1 as begin, atomic; x",
        &["create view v as select 1 as begin, atomic", "x"],
    );
}

#[test]
fn meta_commands_are_lines_of_their_own() {
    check(
        "\\restrict it's\n\nset a = 1;\n\\unrestrict x",
        &["\\restrict it's", "set a = 1", "\\unrestrict x"],
    );
    check("-- c\n  \\connect \"d\na;\\echo $$\nb", &["\\connect \"d", "a", "\\echo $$", "b"]);
    check("select 1 \\gexec\n; x", &["select 1 \\gexec", "x"]);
    assert!(split("\\restrict x")[0].is_meta_command());
    assert!(!split("select '\\'")[0].is_meta_command());
}

#[test]
fn a_byte_order_mark_is_a_blank() {
    check("\u{feff}select 1", &["select 1"]);
}

#[test]
fn tokens_have_kinds_values_and_offsets() {
    let sql =
        "CREATE \"a\"\"B\".Ünï(U&\"d\\0061t\\+000061\\\\\", 'it''s', $1, 1.5) -- c\n :: E'\\n' $q$x$q$ ..";
    let found = tokens(sql);
    let shown: Vec<_> = found.iter().map(|token| (token.kind, token.value.as_ref())).collect();
    let (word, name, string) = (SqlTokenKind::Word, SqlTokenKind::QuotedName, SqlTokenKind::String);
    let symbol = SqlTokenKind::Symbol;
    let expected = [
        (word, "create"),
        (name, "a\"B"),
        (symbol, "."),
        (word, "Ünï"),
        (symbol, "("),
        (name, "data\\"),
        (symbol, ","),
        (string, "it's"),
        (symbol, ","),
        (SqlTokenKind::Parameter, "$1"),
        (symbol, ","),
        (SqlTokenKind::Number, "1.5"),
        (symbol, ")"),
        (symbol, ":"),
        (symbol, ":"),
        (string, "\\n"),
        (string, "x"),
        (symbol, ".."),
    ];
    assert_eq!(shown, expected);
    assert_eq!(&sql[found[1].offset..found[1].end], "\"a\"\"B\"");
    assert!(found[0].is_word("create") && found[2].is_symbol(".") && found[4].name().is_none());
    assert_eq!(found[1].name(), Some("a\"B"));
}

#[test]
fn names_are_clipped_as_the_server_clips_them() {
    let long = "ü".repeat(40);
    assert_eq!(tokens(&long)[0].value, "ü".repeat(31), "62 bytes: half a character does not fit");
    assert_eq!(tokens(&format!("\"{long}\""))[0].value, "ü".repeat(31));
    assert_eq!(tokens(&"a".repeat(64))[0].value, "a".repeat(63));
}

#[test]
fn broken_tokens_have_values_too() {
    for sql in ["'", "\"", "E'", "U&\"", "U&'", "$$", "$a$", "$a$b", "/*", "\\", "'a", "\0", "x'", "U&\"\\00"]
    {
        assert_eq!(tokens(sql).len(), 1, "in {sql:?}");
        check_whole(sql);
    }
}

/// Numbers that look random and are the same in each run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(high).expect("31 bits") % sides
    }
}

#[test]
fn any_text_is_the_sum_of_its_pieces() {
    const SCRAPS: &[&str] = &[
        "'",
        "''",
        "\"",
        "$$",
        "$a$",
        "$",
        "E'",
        "e",
        "U&\"",
        "u&'",
        "\\",
        "\\'",
        ";",
        "(",
        ")",
        "/*",
        "*/",
        "--",
        "\n",
        "\r",
        " ",
        "create",
        "or replace",
        "function",
        "procedure",
        "begin",
        "atomic",
        "case",
        "end",
        "as",
        ".",
        "ü",
        "\u{feff}",
        "1",
        "0x",
        "1e",
        "+",
        "\0",
        ",",
        "B'",
        "copy",
    ];
    let mut dice = Dice(7);
    for _ in 0..20_000 {
        let scraps = dice.roll(12);
        let text: String = (0..scraps).map(|_| SCRAPS[dice.roll(SCRAPS.len())]).collect();
        check_whole(&text);
        let all = tokens(&text);
        assert!(all.windows(2).all(|pair| pair[0].end <= pair[1].offset), "in {text:?}");
    }
}

#[test]
fn statements_joined_with_semicolons_split_back() {
    const STARTS: &[&str] =
        &["select", "CREATE TABLE", "create function", "alter table", "comment on", "begin", "end"];
    const PARTS: &[&str] = &[
        "a",
        "\"b;\"",
        "'c;'''",
        "E'\\';'",
        "E'x'\n'\\';'",
        "$$;$$",
        "$t$;$$;$t$",
        "(a; b)",
        "/*;/*;*/*/ x",
        "--;\nx",
        "U&'\\;'",
        "1.5",
        "a.b",
        "::",
        "((;);)",
        "ünï",
        "X'0;'",
        "case",
        "$1",
    ];
    const GAPS: &[&str] = &["", " ", "\n", " -- gap;\n", "/* gap; */", ";"];
    let mut dice = Dice(11);
    for _ in 0..5_000 {
        let mut statements = Vec::new();
        for _ in 0..dice.roll(6) {
            let mut statement = STARTS[dice.roll(STARTS.len())].to_owned();
            for _ in 0..dice.roll(6) {
                statement.push(' ');
                statement.push_str(PARTS[dice.roll(PARTS.len())]);
            }
            if dice.roll(4) == 0 {
                statement =
                    "create function f() begin atomic select case when a then ';' end; end".to_owned();
            }
            statements.push(statement);
        }
        let mut text = String::new();
        for statement in &statements {
            text.push_str(GAPS[dice.roll(GAPS.len())]);
            text.push_str(statement);
            text.push_str(" ;");
        }
        assert_eq!(sqls(&text), statements, "in {text:?}");
        check_whole(&text);
    }
}
