// Files of reports/html that are part of the library.
#pragma once

namespace luqsim {

extern const char *const asset_page_html, *const asset_page_css, *const asset_page_js, *const asset_charts_js,
                                                                                           *const asset_svg_js;
extern const char *const asset_vega, *const asset_vega_lite, *const asset_vega_embed;
extern const char *const asset_area,
    *const asset_codes, *const asset_energy, *const asset_pareto, *const asset_roofline, *const asset_stalls,
                                                                                             *const asset_ulps,
                                                                                                 *const asset_zeros;

}  // namespace luqsim
