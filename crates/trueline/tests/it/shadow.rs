//! Shadows: databases, templates, what stays behind.

use trueline::shadow::{Shadow, TemplateKey};

use crate::support::{Scratch, block_on, names, servers};

fn key(digit: char) -> TemplateKey {
    TemplateKey::parse(&digit.to_string().repeat(64)).unwrap()
}

#[test]
fn a_template_saved_in_one_shadow_is_cloned_in_the_next() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            assert_eq!(shadow.major(), binaries.major);
            assert!(shadow.clone_template(&key('a')).await.unwrap().is_none());
            let database = shadow.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            session.batch_execute("create table t(a int); insert into t values (7)").await.unwrap();
            session.close().await.unwrap();
            shadow.save_template(database, &key('a')).await.unwrap();
            shadow.close().await.unwrap();

            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.clone_template(&key('a')).await.unwrap().unwrap();
            let session = database.connect().await.unwrap();
            let row = session.query_one("select a from t", &[]).await.unwrap();
            assert_eq!(row.get::<_, i32>(0), 7);
            session.close().await.unwrap();
            shadow.close().await.unwrap();
        });
        let cache = scratch.dirs().clusters.join("shadow-1");
        assert_eq!(names(&cache.join("runs")), Vec::<String>::new());
        assert_eq!(names(&cache.join("trash")), Vec::<String>::new());
    }
}
