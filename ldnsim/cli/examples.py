"""What people type: examples of each command, which its help and the documentation show and the tests read."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "simulate": (
        'ldnsim simulate "4.5 mg at 22:00 daily for 28 days" --plot night.png',
        'ldnsim simulate "4.5 mg daily for 2 days" --start steady-state --json',
        'ldnsim simulate "4.5 mg" --covariate weight=55 --covariate sex=female',
        'ldnsim simulate "4.5 mg daily for 7 days" --population 1000 --seed 1',
        "ldnsim simulate doses.csv --csv rows.csv",
        "ldnsim simulate doses.csv --model one-compartment --set CL=2 --set V=20",
        "ldnsim simulate doses.csv --column DOSE=AMT --column AMT=ug --time-zero 8:00",
    ),
    "run": ("ldnsim run doses.csv",),
    "compare": (
        'ldnsim compare "4.5 mg at 22:00" "4.5 mg at 08:00" --assumptions popular',
        'ldnsim compare "18 mg" --drug naltrexone --drug nalmefene --plot both.png',
    ),
    "dose-response": ('ldnsim dose-response "1.5 mg" "4.5 mg" "50 mg" --plot u.png',),
    "explore": ("ldnsim explore --no-browser --port 5006", "ldnsim explore --drug nalmefene"),
    "regimen": ('ldnsim regimen "1.5 mg for 2 weeks then 4.5 mg" --csv calendar.csv',),
    "nca": ('ldnsim nca table.csv --by Subject --dose "320 mg"',),
    "windows": (
        'ldnsim windows "4.5 mg at 22:00 daily for 3 days" --clock 23:00-07:00',
        'ldnsim windows "4.5 mg" --of plasma --label analyte=ntx --above "0.5 ng/mL"',
        'ldnsim windows "4.5 mg daily for 1 day" --start steady-state',
    ),
    "rebound": (
        'ldnsim rebound "4.5 mg at 22:00" --until "4 days" --plot rebound.png',
        'ldnsim rebound "4.5 mg daily for 14 days" --within "last day"',
    ),
    "washout": (
        'ldnsim washout "50 mg daily for 14 days" --below 10% --population 1',
        'ldnsim washout "4.5 mg daily for 1 day" --start steady-state --population 1',
    ),
    "agonist": ('ldnsim agonist "50 mg" morphine --concentration "20 nM" --population 1',),
    "sensitivity": (
        'ldnsim sensitivity "4.5 mg at 22:00" --of "ntx Cmax" --plot tornado.png',
        'ldnsim sensitivity "4.5 mg" --of "ntx Cmax" --method morris --over pk.cl',
    ),
    "fit": (
        "ldnsim fit data.csv --model one-compartment --set CL=3 --set V=30",
        'ldnsim fit data.csv --fit pk.cl --regimen "50 mg" --pooled',
    ),
    "explain": ('ldnsim explain "4.5 mg daily for 3 days" --at "day 3 02:00"',),
    "claim": ("ldnsim claim", "ldnsim claim blocked-5-h --n 64 --plot claim.png"),
    "discriminate": ('ldnsim discriminate "4.5 mg" --output occupancy_mor --dose "1 mg"',),
    "qualify": ("ldnsim qualify --html qualification.html",),
    "open": (
        "ldnsim open night.nc --plot night.pdf --csv night.csv",
        "ldnsim open night.png --json",
    ),
    "replay": ("ldnsim replay night.png",),
    "export": (
        'ldnsim export "4.5 mg at 22:00 daily for 28 days" night.xml',
        'ldnsim export "100 mg" dose.R --model one-compartment --set CL=2 --set V=20',
    ),
    "citation": ("ldnsim citation night.png", "ldnsim citation night.nc --bibtex"),
    "parameters": ("ldnsim parameters --module tlr4", "ldnsim parameters --assumptions measured"),
    "equations": ("ldnsim equations --module receptors",),
    "calibrate": ("ldnsim calibrate --write calibrated.csv",),
    "design dose": ('ldnsim design dose "4.5 mg" --wanted "ntx Cmax" --target "2 ng/mL"',),
    "design time": (
        'ldnsim design time "4.5 mg daily for 2 days" \\',
        '    --wanted "hours that count as blocked" --best lowest',
    ),
    "design interval": (
        'ldnsim design interval "100 mg daily for 3 days" --wanted "C_central Cmax" \\',
        '    --target "6 mg/L" --model one-compartment --set CL=2 --set V=20',
    ),
    "design ladder": ('ldnsim design ladder "4.5 mg" --wanted "ntx Cmax" --rise "0.4 ng/mL"',),
    "design pareto": ('ldnsim design pareto "4.5 mg at 22:00 daily for 7 days" --plot front.png',),
}
"""By command; a line that ends with a backslash goes on in the next one, as in a shell."""
