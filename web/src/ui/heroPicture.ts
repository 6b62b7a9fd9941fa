import { html, type TemplateResult } from "lit";

/** Three browsers that share one model and keep their data: decoration only. */
export function heroPicture(): TemplateResult {
  return html`
    <svg class="hero-picture" viewBox="16 40 390 232" aria-hidden="true">
      <g class="wires">
        <path d="M130 88 L290 88" />
        <path d="M110 130 L190 205" />
        <path d="M310 130 L230 205" />
      </g>
      <g class="pulses">
        <circle cx="210" cy="88" r="6" />
        <circle cx="150" cy="167" r="6" />
        <circle cx="270" cy="167" r="6" />
      </g>
      <g transform="translate(20 46)">
        <rect class="window" width="120" height="86" rx="10" />
        <path class="title" d="M0 20h120" />
        <g class="rows">
          <path
            d="M14 36h26M52 36h18M82 36h24M14 50h18M52 50h26M82 50h16M14 64h26M52 64h14M82 64h24"
          />
        </g>
      </g>
      <g transform="translate(280 46)">
        <rect class="window" width="120" height="86" rx="10" />
        <path class="title" d="M0 20h120" />
        <path class="hills" d="M14 74 42 42 60 62 76 48 106 74z" />
        <circle class="sun" cx="86" cy="36" r="6" />
      </g>
      <g transform="translate(150 180)">
        <rect class="window" width="120" height="86" rx="10" />
        <path class="title" d="M0 20h120" />
        <path class="digit" d="M48 34h26L56 74" />
      </g>
    </svg>
  `;
}
