//! Raw texts, before JSON escapes them: source code, many scripts, plain prose, base64, and single
//! words.
//!
//! Each generator takes the number of bytes the text should have once it stands escaped in a line,
//! and stops at the first line or word that reaches it. The texts decide what the string scanners
//! meet: code an escape every twenty-eight bytes, as in real sources, prose none.

use fastrand::Rng;

/// Program text: short lines, quotes, a few tabs and backslashes.
pub(crate) fn code(rng: &mut Rng, bytes: usize) -> String {
    grow(bytes, |text| {
        let indent = if rng.u8(0..16) == 0 { "\t" } else { "    " };
        text.push_str(&indent.repeat(rng.usize(0..5)));
        statement(rng, text);
        text.push('\n');
    })
}

/// Text in changing scripts, half of it without spaces, so that characters of one length run long.
pub(crate) fn multilingual(rng: &mut Rng, bytes: usize) -> String {
    let (mut words, mut gap) = (UNSPACED[0], "");
    grow(bytes, |text| {
        text.push_str(pick(rng, words));
        text.push_str(gap);
        if rng.u8(0..25) == 0 {
            text.push_str(pick(rng, ". 。 \n 🚀"));
            (words, gap) = script(rng);
        }
    })
}

/// ASCII prose without anything to escape.
pub(crate) fn plain(rng: &mut Rng, bytes: usize) -> String {
    grow(bytes, |text| {
        text.push_str(word(rng));
        text.push_str(if rng.u8(0..9) == 0 { ". " } else { " " });
    })
}

/// `bytes` characters of the base64 alphabet.
pub(super) fn base64(rng: &mut Rng, bytes: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    (0..bytes).map(|_| char::from(alphabet[rng.usize(..64)])).collect()
}

pub(super) fn word(rng: &mut Rng) -> &'static str {
    pick(rng, WORDS)
}

/// Two words joined as an identifier.
pub(super) fn identifier(rng: &mut Rng) -> String {
    format!("{}_{}", word(rng), word(rng))
}

/// `count` words of prose.
pub(super) fn phrase(rng: &mut Rng, count: usize) -> String {
    let words: Vec<&str> = (0..count).map(|_| word(rng)).collect();
    words.join(" ")
}

/// One of the words of a list, which spaces divide.
pub(super) fn pick(rng: &mut Rng, words: &'static str) -> &'static str {
    let count = words.split(' ').count();
    words.split(' ').nth(rng.usize(..count)).unwrap_or_default()
}

fn grow(bytes: usize, mut add: impl FnMut(&mut String)) -> String {
    let mut text = String::with_capacity(bytes + 256);
    let (mut counted, mut escaped) = (0, 0);
    while escaped < bytes {
        add(&mut text);
        escaped += escaped_len(&text[counted..]);
        counted = text.len();
    }
    text
}

fn escaped_len(text: &str) -> usize {
    text.len() + text.bytes().filter(|byte| matches!(byte, b'"' | b'\\' | b'\n' | b'\t')).count()
}

/// The words of a script and what stands between them.
fn script(rng: &mut Rng) -> (&'static str, &'static str) {
    if rng.bool() {
        (UNSPACED[rng.usize(..UNSPACED.len())], "")
    } else {
        (SPACED[rng.usize(..SPACED.len())], " ")
    }
}

fn statement(rng: &mut Rng, text: &mut String) {
    let (a, b) = (identifier(rng), word(rng));
    let line = match rng.u8(0..12) {
        0 => format!("pub(crate) fn {a}({b}: &str) -> Result<u32, Error> {{"),
        1 => format!("let {b} = config.get(\"{a}\").unwrap_or_default();"),
        2 => format!("if {a}.starts_with(r\"C:\\{b}\\\") && {b} > {} {{", rng.u8(..)),
        3 => format!("// {} the {b} of a \"{}\" before {a} is called", word(rng), word(rng)),
        4 => format!("println!(\"{a}: {{}} of {{}}\\n\", {b}, self.{a});"),
        5 => format!("return Err(Error::new(\"{b}\", {}));", rng.u16(..)),
        6 => format!("{a}.push({b}[{}].clone());", rng.u8(..)),
        7 => format!("self.{b}.iter().map(|{b}| {b}.{a}()).collect::<Vec<_>>()"),
        8 => format!("let {a}: HashMap<u64, {b}> = HashMap::with_capacity({});", rng.u8(..)),
        9 => format!(".filter(|{b}| {b}.{a} != {} && {b}.is_empty())", word(rng)),
        10 => "}".to_owned(),
        _ => String::new(),
    };
    text.push_str(&line);
}

const WORDS: &str = "retry budget index token stream parser session cursor window report branch commit worker \
    search update filter engine module result memory policy client server target schema \
    string number handle config deploy review ticket metric signal buffer packet region \
    record source change status method object import export render layout device sensor \
    driver kernel thread notify listen remote origin path file line page task user team plan \
    repository dependency connection permission environment";

const SPACED: [&str; 6] = [
    "проверка соединения завершена сервер ответил быстро ошибка и",
    "σύνδεση διακομιστής απάντηση γρήγορα σφάλμα δεδομένα αρχείο και",
    "연결 확인 완료 서버 응답 오류가 데이터를 파일에서",
    "اتصال فحص مكتمل خادم استجابة خطأ بيانات في",
    "कनेक्शन जाँच पूर्ण सर्वर उत्तर त्रुटि डेटा और",
    "größe übergänge café naïve señal façade ångström żółć",
];

const UNSPACED: [&str; 2] = [
    "接続 確認 終了しました 速い 応答 エラー データ ファイル 検索結果",
    "连接 检查 完成 服务器 响应 错误 数据 文件 的",
];
