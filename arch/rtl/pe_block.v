// Processing element of block-scaled FP4. KIND 0: MXFP4, blocks of 32 and e8m0 scales; 1: NVFP4, blocks of 16 and e4m3
// scales (no sign: bit 7 is ignored). Products of fp4_e2m1 codes are summed exactly in an integer; with the last of a
// block, that sum times both scales, as binary32 (block_scale_mx, block_scale_nv), is added to `sum` by fp_add, and the
// next product begins a block. A block may be shorter, not longer. At a rising clock: clear makes both sums 0, else
// enable takes a product; the scales matter with `last` alone.
//   KIND = 0, sum = 0, a = 4'h7 (6), b = 4'hD (-3), last = 0, then a = b = 4'h2 (1), last = 1, scale_a = 8'h80 (2),
//   scale_b = 8'h7F (1): sum = 32'hC2080000 (-34).
module pe_block #(
    parameter KIND = 0
) (
    input  wire        clk,
    input  wire        clear,
    input  wire        enable,
    input  wire        last,
    input  wire [ 3:0] a,
    input  wire [ 3:0] b,
    input  wire [ 7:0] scale_a,
    input  wire [ 7:0] scale_b,
    output reg  [31:0] sum
);
  localparam W = KIND == 0 ? 14 : 13;  // 32 or 16 products of at most 144
  wire signed [8:0] product;
  e2m1_mul multiply (
      .a(a),
      .b(b),
      .product(product)
  );
  reg signed [W-1:0] partial;
  wire signed [W-1:0] dot = partial + {{W - 9{product[8]}}, product};

  wire [31:0] term, next;
  generate
    if (KIND == 0) begin : mx
      block_scale_mx #(
          .W(W)
      ) scale (
          .dot(dot),
          .scale_a(scale_a),
          .scale_b(scale_b),
          .value(term)
      );
    end else begin : nv
      block_scale_nv #(
          .W(W)
      ) scale (
          .dot(dot),
          .scale_a(scale_a[6:0]),
          .scale_b(scale_b[6:0]),
          .value(term)
      );
      wire unused = &{1'b0, scale_a[7], scale_b[7]};
    end
  endgenerate
  fp_add #(
      .EXP(8),
      .MAN(23)
  ) add (
      .a  (sum),
      .b  (term),
      .sum(next)
  );
  always @(posedge clk)
    if (clear) begin
      partial <= {W{1'b0}};
      sum <= 32'd0;
    end else if (enable) begin
      partial <= last ? {W{1'b0}} : dot;
      if (last) sum <= next;
    end
endmodule
