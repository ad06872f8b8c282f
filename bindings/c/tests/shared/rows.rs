//! Row 99 of the hostile inputs, made from a header: what is wrong with each call, and what the call may give then.

use std::fmt::Write;
use std::process::Command;

use super::{Link, c_compilers, header, run, scratch};

/// What the rows stand on.
pub(crate) struct Scene {
    /// The prelude in C, with one of everything.
    pub(crate) prelude: &'static str,
    /// Where it is.
    pub(crate) folder: String,
    pub(crate) handles: &'static [&'static str],
    /// Structs that begin with their size.
    pub(crate) options: &'static [&'static str],
    /// Functions that take something away, or end it for the others, beside those whose names say so.
    pub(crate) uses_up: &'static [&'static str],
    /// Functions that wait for something that does not come while all are called at the same time.
    pub(crate) alone: &'static [&'static str],
}

impl Scene {
    /// Builds the rows with every compiler, and runs them. Says how many there are.
    pub(crate) fn play(&self) -> usize {
        let header = header();
        let functions = self.functions(&header);
        let with_status = functions.iter().filter(|function| function.gives_status);
        assert!(with_status.count() > 40);
        let source = scratch().join(self.prelude.replace(".h", ".c"));
        std::fs::write(&source, self.program(&functions)).expect("a file");
        let include = format!("-I{}", self.folder);
        let rows = c_compilers().into_iter().map(|compiler| {
            let program = compiler.build(&source, Link::Static, &[&include, "-Wno-pedantic"]);
            let output = run(&mut Command::new(program));
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            said.trim().parse().expect("how many rows there were")
        });
        rows.min().expect("a compiler")
    }
}

/// A function as the header declares it.
struct Function {
    name: String,
    gives_status: bool,
    parameters: Vec<Parameter>,
}

struct Parameter {
    kind: Kind,
    name: String,
    of: String,
    is_options: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Handle,
    Target,
    /// A pointer with a length behind it.
    Slice,
    /// A pointer to one, which may be options.
    Input,
    Output,
    Table,
    Callback,
    Userdata,
    Length,
    Capacity,
    Stride,
    /// A length that goes with nothing.
    Size,
    Plain,
}

/// What is wrong with a call.
#[derive(Clone, Copy)]
enum Attack {
    /// Everything is zero.
    Zero,
    /// This parameter is `NULL`, or a handle that was freed, and so on; see [`Attack::value`].
    Null(usize),
    NullWithLength(usize),
    Endless(usize),
    Freed(usize),
    MadeUp(usize),
    SizedWrong(usize),
}

impl Scene {
    /// The whole program: a prelude, a row for each attack, and all of them.
    fn program(&self, functions: &[Function]) -> String {
        let mut program = format!("#include \"{}\"\n\n", self.prelude);
        let mut rows = Vec::new();
        for function in functions.iter().filter(|function| function.gives_status) {
            for attack in function.attacks() {
                let row = format!("row_{}", rows.len());
                writeln!(program, "static void {row}(void) {{\n{}}}\n", function.row(attack))
                    .expect("text");
                rows.push(row);
            }
            if self.alone.contains(&function.name.as_str()) {
                continue;
            }
            writeln!(
                program,
                "static void together_{}(void) {{ (void)({}); }}\n",
                function.name,
                function.call(&[])
            )
            .expect("text");
        }
        let all: String =
            rows.iter().map(|row| format!("  {{ fresh(); {row}(); stale(); }}\n")).collect();
        let names = |uses_up: bool| -> String {
            let chosen =
                functions.iter().filter(|one| one.gives_status && self.ends(one) == uses_up);
            let chosen = chosen.filter(|one| !self.alone.contains(&one.name.as_str()));
            chosen.map(|one| format!("together_{}, ", one.name)).collect()
        };
        let busy: String =
            functions.iter().filter(|one| one.takes_decoder()).map(|one| one.busy()).collect();
        writeln!(program, "static void (*const together[])(void) = {{{}}};", names(false))
            .expect("text");
        writeln!(program, "static void (*const at_last[])(void) = {{{}}};", names(true))
            .expect("text");
        let mut from_a_callback = "";
        if !busy.is_empty() {
            writeln!(program, "static int inside(void *userdata, const mcpe_item *item) {{\n  (void)userdata; (void)item;\n{busy}  return 0;\n}}\n")
            .expect("text");
            from_a_callback = "  from_a_callback(inside);\n";
        }
        writeln!(program, "int main(void) {{\n{all}{from_a_callback}  at_the_same_time(together, sizeof together / sizeof *together, at_last, sizeof at_last / sizeof *at_last);\n  printf(\"%d\\n\", {});\n  return 0;\n}}", rows.len())
        .expect("text");
        program
    }

    /// Whether a call takes something away, or ends it for the others.
    fn ends(&self, function: &Function) -> bool {
        function.name.ends_with("_free") || self.uses_up.contains(&function.name.as_str())
    }

    /// What a header declares.
    fn functions(&self, header: &str) -> Vec<Function> {
        let code = header.split("/**").filter_map(|part| part.split_once("*/"));
        let code = code.map(|(_, code)| code);
        let heads =
            code.filter(|code| !code.contains("static inline") && !code.contains("typedef"));
        heads.filter_map(|code| self.function(code)).collect()
    }

    fn function(&self, code: &str) -> Option<Function> {
        let (head, behind) = code.split_once('(')?;
        let (kind, name) = head.trim().rsplit_once([' ', '*'])?;
        let arguments = behind.split_once(");")?.0;
        name.starts_with("mcpe_").then_some(())?;
        let arguments: Vec<_> =
            arguments.split(',').map(|one| one.trim()).filter(|one| *one != "void").collect();
        let names: Vec<_> = arguments.iter().map(|one| name_of(one)).collect();
        let parameters = arguments.iter().map(|one| self.parameter(one, &names)).collect();
        Some(Function { name: name.into(), gives_status: kind.trim() == "mcpe_status", parameters })
    }

    fn parameter(&self, text: &str, names: &[&str]) -> Parameter {
        let name = name_of(text).to_owned();
        let of = text.trim_end_matches(name.as_str()).replace("const", "").replace("struct ", "");
        let (of, is_pointer) = (of.replace(['*', ' '], ""), text.contains('*'));
        let (is_constant, has_length) =
            (text.starts_with("const"), names.contains(&format!("{name}_len").as_str()));
        let goes_with =
            |length: &str| length.strip_suffix("_len").is_some_and(|slice| names.contains(&slice));
        let handle =
            of.strip_prefix("mcpe_").filter(|of| self.handles.contains(of)).map(str::to_owned);
        let kind = match (is_pointer, is_constant) {
            _ if of.ends_with("_callback") => Kind::Callback,
            _ if of == "mcpe_destructor" => Kind::Userdata,
            (true, true) if has_length => Kind::Slice,
            (true, true) => Kind::Input,
            (true, false) if name == "userdata" && of == "void" && !text.contains("**") => {
                Kind::Userdata
            }
            (true, false) if name == "table" => Kind::Table,
            (true, false) => Kind::Output,
            _ if handle.is_some() => Kind::Handle,
            _ if of == "mcpe_target" => Kind::Target,
            _ if of == "size_t" && goes_with(&name) => Kind::Length,
            _ if name == "capacity" => Kind::Capacity,
            _ if name == "stride" => Kind::Stride,
            _ if of == "size_t" => Kind::Size,
            _ => Kind::Plain,
        };
        let of = match kind {
            Kind::Handle => handle.unwrap_or_default(),
            // The length is that of the sample of the slice, whose type stands before it.
            Kind::Length => if name.starts_with("messages") { "mcpe_str" } else { "text" }.into(),
            _ => of,
        };
        let is_options = self.options.contains(&of.as_str());
        Parameter { kind, name, of, is_options }
    }
}

impl Function {
    fn attacks(&self) -> Vec<Attack> {
        let mut attacks = vec![Attack::Zero];
        for (at, parameter) in self.parameters.iter().enumerate() {
            match parameter.kind {
                Kind::Handle => attacks.extend([Attack::Freed(at), Attack::MadeUp(at)]),
                Kind::Target => attacks.extend([
                    Attack::Freed(at),
                    Attack::Endless(at),
                    Attack::NullWithLength(at),
                ]),
                Kind::Slice => attacks.extend([Attack::NullWithLength(at), Attack::Endless(at)]),
                Kind::Input => attacks.extend([Attack::Null(at), Attack::SizedWrong(at)]),
                Kind::Output | Kind::Table | Kind::Callback => attacks.push(Attack::Null(at)),
                Kind::Capacity | Kind::Size => attacks.push(Attack::Endless(at)),
                Kind::Userdata | Kind::Length | Kind::Stride | Kind::Plain => {}
            }
        }
        attacks
    }

    /// The body of one row.
    fn row(&self, attack: Attack) -> String {
        let mut row = String::new();
        let change = self.parameters.iter().enumerate().map(|(at, one)| one.attacked(at, attack));
        let changes: Vec<_> = change.collect();
        if let Attack::Freed(at) = attack {
            let one = &self.parameters[at];
            let kind = if one.kind == Kind::Target { "buffer" } else { &one.of };
            writeln!(row, "  OK(mcpe_{kind}_free({kind}));").expect("text");
        }
        writeln!(row, "  mcpe_status status = {};", self.call(&changes)).expect("text");
        writeln!(
            row,
            "  expect(\"{}\", {}, status, {});",
            self.name,
            self.describe(attack),
            self.expected(attack)
        )
        .expect("text");
        row
    }

    fn call(&self, changes: &[Option<String>]) -> String {
        let mut outputs = 0;
        let values: Vec<_> = self
            .parameters
            .iter()
            .enumerate()
            .map(|(at, one)| {
                let value = one.value(&mut outputs);
                changes.get(at).cloned().flatten().unwrap_or(value)
            })
            .collect();
        format!("{}({})", self.name, values.join(", "))
    }

    /// Which statuses the call may give: an expression of `status`.
    fn expected(&self, attack: Attack) -> String {
        let kind = |at: usize| self.parameters[at].kind;
        match attack {
            Attack::Zero if self.name.ends_with("_free") => "status == MCPE_OK".into(),
            Attack::Zero => "status < 0".into(),
            Attack::Null(at) if kind(at) == Kind::Input => "known(status)".into(),
            Attack::Null(_) => "status == MCPE_ERR_NULL".into(),
            Attack::Freed(at) if kind(at) == Kind::Target => {
                "status < 0 || status == MCPE_NOTHING".into()
            }
            Attack::Endless(at) | Attack::NullWithLength(at) if kind(at) == Kind::Target => {
                "status < 0 || status == MCPE_NOTHING".into()
            }
            Attack::NullWithLength(_) => "status == MCPE_ERR_NULL".into(),
            Attack::Endless(at) if kind(at) == Kind::Size => {
                "known(status) && status != MCPE_OK".into()
            }
            Attack::Endless(_) => "status == MCPE_ERR_LENGTH".into(),
            Attack::Freed(_) | Attack::MadeUp(_) => "status == MCPE_ERR_HANDLE".into(),
            Attack::SizedWrong(at) if self.parameters[at].is_options => {
                "status == MCPE_ERR_STRUCT".into()
            }
            Attack::SizedWrong(_) => "known(status)".into(),
        }
    }

    fn describe(&self, attack: Attack) -> String {
        let (what, at) = match attack {
            Attack::Zero => return "\"all zero\"".into(),
            Attack::Null(at) => ("NULL", at),
            Attack::NullWithLength(at) => ("NULL with a length", at),
            Attack::Endless(at) => ("endless", at),
            Attack::Freed(at) => ("freed", at),
            Attack::MadeUp(at) => ("made up", at),
            Attack::SizedWrong(at) => ("of a wrong size", at),
        };
        format!("\"{} is {what}\"", self.parameters[at].name)
    }

    fn takes_decoder(&self) -> bool {
        self.gives_status
            && self.parameters.iter().any(|one| one.kind == Kind::Handle && one.of == "decoder")
    }

    /// The call from inside a callback that works on the decoder.
    fn busy(&self) -> String {
        format!(
            "  expect(\"{}\", \"the decoder is in use\", {}, got == MCPE_ERR_BUSY);\n",
            self.name,
            self.call(&[])
        )
        .replace("got ==", "last_status ==")
    }
}

impl Parameter {
    /// A value that nothing is wrong with. Outputs have memory of their own each.
    fn value(&self, outputs: &mut usize) -> String {
        match self.kind {
            Kind::Handle => self.of.clone(),
            Kind::Target => "mcpe_to_buffer(buffer)".into(),
            Kind::Slice | Kind::Input => format!("ok_{}()", self.of),
            Kind::Output | Kind::Table => {
                *outputs += 1;
                format!("(void *)outputs[{}]", *outputs - 1)
            }
            Kind::Callback => format!("ok_{}", self.of),
            Kind::Userdata => "NULL".into(),
            Kind::Length => format!("ok_{}_len", self.of),
            Kind::Stride => "256".into(),
            Kind::Capacity | Kind::Size => "1".into(),
            Kind::Plain if self.of == "mcpe_now" => "(mcpe_now){1, 1}".into(),
            Kind::Plain => "1".into(),
        }
    }

    /// The value under an attack; `None` when this one is as always.
    fn attacked(&self, at: usize, attack: Attack) -> Option<String> {
        let is_its_length = |of: usize| self.kind == Kind::Length && of + 1 == at;
        Some(match attack {
            Attack::Zero => match self.kind {
                Kind::Handle => format!("(mcpe_{}){{0, 0}}", self.of),
                Kind::Target => "(mcpe_target){{0, 0}, NULL, 0}".into(),
                Kind::Plain if self.of == "mcpe_now" => "(mcpe_now){0, 0}".into(),
                Kind::Slice
                | Kind::Input
                | Kind::Output
                | Kind::Table
                | Kind::Callback
                | Kind::Userdata => "NULL".into(),
                _ => "0".into(),
            },
            Attack::Null(of) if of == at => "NULL".into(),
            Attack::NullWithLength(of) if of == at && self.kind == Kind::Target => {
                "mcpe_to_memory(NULL, 5)".into()
            }
            Attack::NullWithLength(of) if of == at => "NULL".into(),
            Attack::NullWithLength(of) if is_its_length(of) => "5".into(),
            Attack::Endless(of) if of == at && self.kind == Kind::Target => {
                "mcpe_to_memory(memory, SIZE_MAX)".into()
            }
            Attack::Endless(of) if of == at && self.kind != Kind::Slice => "SIZE_MAX".into(),
            Attack::Endless(of) if is_its_length(of) => "SIZE_MAX".into(),
            Attack::MadeUp(of) if of == at => format!("(mcpe_{}){{0xfffffff0u, 7}}", self.of),
            Attack::SizedWrong(of) if of == at && self.is_options => "(const void *)&three".into(),
            _ => return None,
        })
    }
}

fn name_of(text: &str) -> &str {
    text.rsplit([' ', '*']).next().unwrap_or_default()
}
