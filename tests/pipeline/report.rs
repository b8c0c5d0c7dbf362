//! The HTML report: one file, nothing but itself, readable by everyone.

use super::pictures::{Read, decode};
use kinecho::base::axis::Axis;
use kinecho::base::random::RandomTree;
use kinecho::chain::Views;
use kinecho::dsp::maps::Maps;
use kinecho::viz::{
    Bar, BarChart, Cell, ColourMap, ConfusionMatrix, Figure, Gallery, LineChart, MapFigure, MapPicture, Note, Picture,
    Report, Rgb, Series, Table, indexed_png, png_bytes, view_png, views_png,
};
use ndarray::Array3;
use rand::RngExt;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::TAU;

/// Invented maps that look like those of a body which swings `swings` times a second at `range`.
fn invented_maps(id: u64, swings: f64, range: f64) -> Maps {
    const N: usize = 96;
    let mut stream = RandomTree::new(1).stream(id, "invented maps");
    let data = Array3::from_shape_fn((3, N, N), |(map, row, column)| {
        let t = 3.0 * column as f64 / N as f64;
        let y = row as f64 / N as f64;
        let swing = (TAU * swings * t).sin();
        let tracks = match map {
            0 => [0.5 + 0.32 * swing, 0.5 - 0.2 * swing, 0.5],
            1 => [range + 0.04 * swing, range, range + 0.3],
            _ => [0.5 + 0.1 * swing, 0.47, 0.55],
        };
        let power: f64 = tracks.iter().map(|c| (-((y - c) / 0.035).powi(2)).exp()).sum();
        (power * 1.5 - 0.85 + stream.random_range(-0.15..0.15)).clamp(-1.0, 1.0) as f32
    });
    let rows = vec![
        Axis::new("doppler", "m/s", N, -4.5, 9.0 / N as f64).signed("positive = receding"),
        Axis::new("range", "m", N, 0.0, 0.05),
        Axis::new("azimuth", "rad", N, -1.05, 2.1 / N as f64).signed("positive = to the right"),
    ];
    let names = ["time_doppler", "time_range", "time_angle"].map(String::from).to_vec();
    Maps {
        quantity: "scaled_log_magnitude".into(),
        names,
        data,
        time: Axis::new("time", "s", N, 0.0, 3.0 / N as f64),
        rows,
    }
}

const CLASSES: [&str; 5] = ["boxing", "jumping jack", "jump", "squats", "walk"];

/// A report of a run that never was.
fn invented_report() -> Report {
    let mut report = Report::new(
        "Five activities, never seen in a real recording",
        "A model was trained on 1,200 simulated radar recordings and asked to name activities in 812 real ones. \
         Without a single real example it was right in two of three windows; with ten of each class, in nineteen of twenty.\n\n\
         Invented for a test of this page: no number here was measured.",
    );
    report
        .headline("66.2 %", "Zero-shot, five classes, no real training", "three seeds, ± 2.1; chance 20 %")
        .headline("78.9 %", "Zero-shot, two classes held out", "three seeds, ± 3.4; chance 50 %")
        .headline("95.1 %", "Ten shots of each class", "three seeds, ± 0.8");
    let section = report.section("What ran");
    section.text("The experiment `scenes/experiments/radhar.yaml`, from motion to this page, on two cores.");
    section.facts([
        ("Seed", "7, 8, 9".to_owned()),
        ("Simulated samples", "1,200".into()),
        ("Real windows", "2,431".into()),
        ("Parameters", "1.9 M, of them 84 k trained in LoRA".into()),
        ("Version", "kinecho 0.1.0, `a813870`".into()),
        ("Time", "4 min 12 s".into()),
    ]);
    section
        .note(Note::Caution, "Session 2 has only `one` subject: the spread over seeds says nothing of other people.");
    section
        .folded("Resolved configuration", "seed: 7\nsensor:\n  preset: iwr1443   # <checked>\n  noise_figure_db: 15\n");

    let section = report.section("What the radar sees");
    let maps = Views::from(invented_maps(0, 1.4, 0.4));
    section.text("Each sample is three maps over the same three seconds.");
    section.figure(&Figure::maps(&MapFigure::new(&maps), "One window of `walk`, from the test split.").unwrap());
    section.subsection("One sample of every class");
    let mut gallery = Gallery::new();
    for (i, class) in CLASSES.iter().enumerate() {
        for (source, shift) in [("simulated", 0), ("real", 100)] {
            let maps = invented_maps(i as u64 + shift, 0.5 + 0.4 * i as f64, 0.3 + 0.08 * i as f64);
            gallery.add(class, source, &maps.into()).unwrap();
        }
    }
    section.gallery(&gallery);

    let section = report.section("Training");
    let mut stream = RandomTree::new(2).stream(0, "invented losses");
    let mut curve = |floor: f64| -> Vec<(f64, f64)> {
        (0..4000)
            .map(|i| (f64::from(i), floor + 3.0 * (-f64::from(i) / 700.0).exp() + stream.random_range(0.0..0.25)))
            .collect()
    };
    let losses = LineChart::new("iteration", "loss (nats)")
        .with(Series::new("training", curve(0.3)).smoothed(100))
        .with(Series::new("validation", curve(0.5).into_iter().step_by(200)))
        .log_y();
    section.figure(&Figure::lines(
        &losses,
        "Loss falls from 3.4 to 0.4 over 4,000 iterations.",
        "Contrastive loss in pre-training.",
    ));
    let shots = [1.0, 2.0, 5.0, 10.0, 20.0];
    let line = |name: &str, y: [f64; 5], sd: f64| Series::new(name, shots.into_iter().zip(y)).with_spread(vec![sd; 5]);
    let chart = LineChart::new("real examples of each class", "accuracy")
        .with(line("pre-trained on simulation", [0.74, 0.81, 0.9, 0.95, 0.97], 0.03))
        .with(line("from scratch", [0.41, 0.52, 0.68, 0.8, 0.91], 0.06))
        .with(line("hand-made features, SVM", [0.63, 0.77, 0.86, 0.93, 0.96], 0.04))
        .y_range(0.0, 1.0)
        .markers();
    section.figure(&Figure::lines(
        &chart,
        "Accuracy rises with the number of examples.",
        "Few-shot accuracy, ± one standard deviation over three seeds.",
    ));

    let section = report.section("Results");
    section.subsection("Variants");
    let bars = BarChart::new("Ten-way zero-shot accuracy")
        .percent()
        .reference("chance", 0.2)
        .with(Bar::of_runs("Simulation only", &[0.64, 0.68, 0.67]))
        .with(Bar::of_runs("Simulation, five attributes", &[0.70, 0.72, 0.66]))
        .with(Bar::of_runs("Simulation, then LoRA on `real`", &[0.79, 0.83, 0.75]).group(2))
        .with(Bar::new("Real only", 0.44).group(1));
    section.figure(&Figure::bars(&bars, "LoRA on real recordings is best with 79 %.", "Mean over three seeds."));
    let table = Table::new(
        "Accuracy per window, mean ± standard deviation over three seeds.",
        ["Variant", "Windows", "Zero-shot", "1 shot", "5 shots", "10 shots"],
    )
    .with([
        Cell::text("Simulation only"),
        Cell::count(812),
        Cell::percent_of_runs(&[0.64, 0.68, 0.67]),
        Cell::percent_of_runs(&[0.71, 0.74, 0.73]),
        Cell::percent_of_runs(&[0.88, 0.9, 0.91]),
        Cell::percent_of_runs(&[0.94, 0.95, 0.96]).strong(),
    ])
    .with([
        Cell::text("From scratch"),
        Cell::count(1812),
        Cell::empty(),
        Cell::percent(0.41),
        Cell::percent(0.68),
        Cell::percent(0.8),
    ]);
    section.table(&table);
    section.subsection("Which classes are taken for which");
    let mut pairs = Vec::new();
    for truth in 0..5 {
        for guess in 0..5 {
            let n = if truth == guess { 90 } else { [7, 0, 60, 4][(truth * 3 + guess) % 4] };
            pairs.extend(std::iter::repeat_n((truth, guess), n));
        }
    }
    let labels = || CLASSES.map(String::from).to_vec();
    section.confusion(&ConfusionMatrix::from_pairs(labels(), pairs).unwrap());
    let many: Vec<String> = (0..30).map(|i| format!("activity {i}")).collect();
    let pairs = (0..900).map(|i| (i % 30, if i % 7 == 0 { (i * i) % 30 } else { i % 30 }));
    section.confusion(&ConfusionMatrix::from_pairs(many, pairs).unwrap());
    report.footer("made for a test");
    report
}

/// Value of an attribute wherever it occurs.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split_once('"').map(|(value, _)| value)).collect()
}

/// Every tag of the page, without style sheet.
fn tags(html: &str) -> Vec<&str> {
    let body = html.split_once("</style>").unwrap().1;
    body.split('<').skip(1).map(|rest| rest.split_once('>').expect("a tag that ends").0).collect()
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let html = invented_report().to_html();
    for source in attributes(&html, "src").into_iter().chain(attributes(&html, "href")) {
        assert!(source.starts_with("data:") || source.starts_with('#'), "{}", &source[..source.len().min(80)]);
    }
    for word in ["http:", "https:", "<script", "@import", "url(", "javascript:"] {
        assert!(!html.contains(word), "{word}");
    }
    let drawn = attributes(&html, "d").join(" ") + &attributes(&html, "style").join(" ");
    assert!(drawn.len() > 1000 && !drawn.contains("NaN") && !drawn.contains("inf"));
}

#[test]
fn every_tag_is_closed() {
    const VOID: [&str; 4] = ["img", "meta", "link", "br"];
    let mut open = Vec::new();
    let html = invented_report().to_html();
    for tag in tags(&html) {
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
        match (tag.starts_with('/'), tag.ends_with('/') || VOID.contains(&name)) {
            (_, true) => {}
            (false, _) => open.push(name),
            (true, _) if ["head", "html"].contains(&name) => {}
            (true, _) => assert_eq!(open.pop(), Some(name), "{tag}"),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

#[test]
fn the_contents_lead_somewhere_and_pictures_have_words() {
    let html = invented_report().to_html();
    let ids: Vec<&str> = attributes(&html, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "ids are unique");
    let links: Vec<&str> = attributes(&html, "href").into_iter().filter_map(|h| h.strip_prefix('#')).collect();
    assert!(links.len() >= 7 && links.iter().all(|l| ids.contains(l)), "{links:?}");
    for tag in tags(&html) {
        let words = if tag.starts_with("img") {
            "alt=\""
        } else if tag.starts_with("svg") {
            "aria-label=\""
        } else {
            continue;
        };
        let text = tag
            .split_once(words)
            .and_then(|(_, rest)| rest.split_once('"'))
            .unwrap_or_else(|| panic!("no words: {tag}"))
            .0;
        assert!(text.len() > 3, "{text}");
    }
    let headers = tags(&html).into_iter().filter(|t| *t == "th" || t.starts_with("th "));
    headers.for_each(|t| assert!(t.contains("scope="), "{t}"));
}

#[test]
fn what_comes_from_outside_stays_text() {
    let evil = "<script>alert('x')</script>\" onload=\"y & `<b>`";
    let mut report = Report::new(evil, evil);
    report.headline(evil, evil, evil).footer(evil);
    let section = report.section(evil);
    section.subsection(evil).text(evil).note(Note::Remark, evil).folded(evil, evil).facts([(evil, evil.to_owned())]);
    section.table(&Table::new(evil, [evil]).with([Cell::text(evil)]));
    section.confusion(&ConfusionMatrix::from_pairs(vec![evil.into()], [(0, 0)]).unwrap());
    let chart = LineChart::new(evil, evil).with(Series::new(evil, [(0.0, 1.0), (1.0, 2.0)])).markers();
    section.figure(&Figure::lines(&chart, evil, evil));
    section.figure(&Figure::bars(&BarChart::new(evil).reference(evil, 0.5).with(Bar::new(evil, 1.0)), evil, evil));
    let mut maps = invented_maps(0, 1.0, 0.5);
    maps.names[0] = evil.into();
    maps.rows[1] = Axis::new(evil, evil, 96, 0.0, 1.0).signed(evil);
    let maps = Views::from(maps);
    section.figure(&Figure::maps(&MapFigure::new(&maps), evil).unwrap());
    let mut gallery = Gallery::new();
    gallery.add(evil, evil, &maps).unwrap();
    section.gallery(&gallery);
    let html = report.to_html();
    assert!(!html.contains("<script") && !html.contains("<b><") && html.contains("&lt;script&gt;"));
    assert!(tags(&html).iter().all(|t| !t.contains(" onload=\"")), "an attribute was broken open");
}

#[test]
fn pictures_are_those_of_the_maps() {
    let mut maps = invented_maps(0, 1.0, 0.5);
    maps.data.fill(-1.0);
    // Range falls with the row here, so that the first row is the farthest and belongs at the top.
    maps.rows[1] = Axis::new("range", "m", 96, 5.0, -0.05);
    maps.data[[0, 0, 0]] = 1.0;
    maps.data[[1, 0, 5]] = 1.0;
    let views = Views::from(maps);
    let view = |name: &str| views.get(name).unwrap();
    let picture = MapPicture { scale: 2, ..MapPicture::default() };
    let palette = ColourMap::Viridis.palette();
    let bright = |p: &Read| -> Vec<(u32, u32)> {
        let at = |i: usize| (i as u32 % p.width, i as u32 / p.width);
        (0..p.pixels.len()).filter(|i| p.pixels[*i] == palette[255]).map(at).collect()
    };
    let doppler = decode(&view_png(view("time_doppler"), &picture).unwrap());
    assert_eq!((doppler.width, doppler.height), (192, 192));
    assert_eq!(bright(&doppler), [(0, 190), (1, 190), (0, 191), (1, 191)], "lowest value at the bottom");
    assert_eq!(doppler.pixels[100 * 192 + 100], palette[0]);
    let range = decode(&view_png(view("time_range"), &picture).unwrap());
    assert_eq!(bright(&range), [(10, 0), (11, 0), (10, 1), (11, 1)], "highest value at the top");
    let all = decode(&views_png(&views, &MapPicture::default()).unwrap());
    assert_eq!((all.width, all.height), (3 * 96 + 2 * 4, 96));
    assert_eq!(bright(&all), [(96 + 4 + 5, 0), (0, 95)]);
}

#[test]
fn impossible_pictures_are_errors() {
    let views = Views::from(invented_maps(0, 1.0, 0.5));
    let mut view = views.get("time_range").unwrap().clone();
    let none = views_png(&Views::new(), &MapPicture::default()).unwrap_err().to_string();
    assert!(none.contains("at least one of two axes"), "{none}");
    let huge = MapPicture { scale: u32::MAX, ..MapPicture::default() };
    assert!(view_png(&view, &huge).unwrap_err().to_string().contains("8192"));
    view.axes.pop();
    assert!(view_png(&view, &MapPicture::default()).unwrap_err().to_string().contains("two axes"));
    assert!(indexed_png(2, 2, &ColourMap::Turbo.palette(), &[0; 3]).is_err());
    assert!(Figure::png(b"GIF89a", "a GIF", "").unwrap_err().to_string().contains("no PNG"));
    let png = png_bytes(&Picture::from_pixel(3, 2, Rgb([0; 3]))).unwrap();
    assert!(Figure::png(&png, "black", "").is_ok());
    assert!(ConfusionMatrix::from_pairs(vec!["a".into()], [(0, 1)]).unwrap_err().to_string().contains("(0, 1)"));
}

#[test]
fn charts_survive_gaps_extremes_and_nothing() {
    let mut report = Report::new("charts", "");
    let section = report.section("s");
    let strange = [(0.0, f64::NAN), (1.0, 1e300), (2.0, -1e300), (f64::INFINITY, 1.0), (3.0, 0.0)];
    let chart = LineChart::new("x", "y").with(Series::new("strange", strange)).with(Series::new("empty", []));
    section.figure(&Figure::lines(&chart, "strange", ""));
    section.figure(&Figure::lines(&chart.clone().log_y(), "strange, log", ""));
    section.figure(&Figure::lines(&LineChart::new("x", "y"), "empty", ""));
    let one = LineChart::new("x", "y").with(Series::new("one", [(5.0, 5.0)]));
    section.figure(&Figure::lines(&one, "one point", ""));
    let short = Series::new("short", [(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)]).smoothed(1000);
    section.figure(&Figure::lines(&LineChart::new("x", "y").with(short), "smoothed beyond its length", ""));
    section.figure(&Figure::bars(
        &BarChart::new("x").with(Bar::of_runs("none", &[])).with(Bar::new("one", 1.0)),
        "bars",
        "",
    ));
    let html = report.to_html();
    let paths = attributes(&html, "d").join(" ") + &attributes(&html, "style").join(" ");
    assert!(!paths.contains("NaN") && !paths.contains("inf"), "{paths}");
    assert_eq!(html.matches("No data to draw").count(), 1);
}

/// A curve of many points is thinned, and keeps its peak.
#[test]
fn long_curves_stay_small_and_keep_their_peaks() {
    let curve = (0..200_000).map(|i| (f64::from(i), if i == 77_777 { 50.0 } else { 1.0 + f64::from(i % 2) * 0.1 }));
    let chart = LineChart::new("iteration", "loss").with(Series::new("loss", curve));
    let mut report = Report::new("t", "");
    report.section("s").figure(&Figure::lines(&chart, "loss", ""));
    let html = report.to_html();
    assert!(html.len() < 100_000, "{} bytes", html.len());
    let line = attributes(&html, "d").into_iter().max_by_key(|d| d.len()).unwrap();
    let heights = line.split(['M', 'L']).filter_map(|p| p.split_once(' ')).map(|(_, y)| y.parse::<f64>().unwrap());
    let highest = heights.fold(f64::INFINITY, f64::min);
    assert!(highest < 20.0, "the peak at 50 of an axis to 50 lies at {highest} pixels from the top");
}

#[test]
fn confusion_counts_what_it_says() {
    let labels = vec!["a".to_owned(), "b".into(), "c".into()];
    let pairs = [(0, 0), (0, 0), (0, 1), (1, 1), (2, 1), (2, 1)];
    let matrix = ConfusionMatrix::from_pairs(labels, pairs).unwrap();
    assert_eq!((matrix.accuracy(), matrix.total()), (0.5, 6));
    assert_eq!(matrix.worst(1), [("c", "b", 1.0)]);
    let mut report = Report::new("t", "");
    report.section("s").confusion(&matrix);
    let html = report.to_html();
    let titles: BTreeMap<&str, ()> = attributes(&html, "title").into_iter().map(|t| (t, ())).collect();
    assert!(titles.contains_key("a taken for b: 1 of 3") && titles.contains_key("c taken for b: 2 of 2"), "{titles:?}");
}

/// Also leaves the page where one can look at it: `target/tmp/report.html`.
#[test]
fn the_page_is_written_whole() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("report.html");
    let report = invented_report();
    report.write(&path).unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), report.to_html());
    assert!(!path.with_file_name("report.html.part").exists());
}
